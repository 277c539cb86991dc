//! Which part of a sample goes in and which part is to come out.

use crate::dataset::Dataset;
use crate::schema::{Field, FieldKind, Schema};

/// Inputs and targets of a learning task, by field name.
///
/// A solution field gives `n_steps_input` steps to the input and the `n_steps_output` steps after them to the target, `stride`
/// stored steps apart; a constant field gives itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Task {
    /// Fields of the input.
    pub inputs: Vec<String>,
    /// Fields of the target.
    pub targets: Vec<String>,
    /// Steps of each solution field in the input.
    pub n_steps_input: usize,
    /// Steps of each solution field in the target.
    pub n_steps_output: usize,
    /// Stored steps from one step of the window to the next (`dt_stride`).
    pub stride: usize,
}

impl Task {
    /// Steady problem: all constant fields to all solution fields at their first stored time.
    pub fn steady(dataset: &Dataset) -> Self {
        let (inputs, targets) = (names(dataset, FieldKind::Constant), names(dataset, FieldKind::Solution));
        Self { inputs, targets, n_steps_input: 0, n_steps_output: 1, stride: 1 }
    }

    /// Time-dependent problem: `n_steps_input` steps of all solution fields, and all constant fields, to the next
    /// `n_steps_output` steps.
    pub fn windows(dataset: &Dataset, n_steps_input: usize, n_steps_output: usize) -> Self {
        let targets = names(dataset, FieldKind::Solution);
        let inputs = [targets.clone(), names(dataset, FieldKind::Constant)].concat();
        Self { inputs, targets, n_steps_input, n_steps_output, stride: 1 }
    }
}

impl Task {
    /// The task on a problem before there are files: as [`Task::steady`] where it has one stored time, as [`Task::windows`]
    /// otherwise.
    pub fn of(schema: &Schema, n_steps_input: usize, n_steps_output: usize) -> Self {
        // Files list scalars, vectors and tensors in this order.
        let mut fields: Vec<&Field> = schema.fields.iter().collect();
        fields.sort_by_key(|f| f.rank.order());
        let names =
            |kind| fields.iter().filter(|f| f.kind == kind).map(|f| f.name.clone()).collect::<Vec<_>>();
        let (targets, constant) = (names(FieldKind::Solution), names(FieldKind::Constant));
        if schema.time.len() == 1 {
            return Self { inputs: constant, targets, n_steps_input: 0, n_steps_output: 1, stride: 1 };
        }
        Self {
            inputs: [targets.clone(), constant].concat(),
            targets,
            n_steps_input,
            n_steps_output,
            stride: 1,
        }
    }
}

fn names(dataset: &Dataset, kind: FieldKind) -> Vec<String> {
    dataset.fields().iter().filter(|f| f.kind == kind).map(|f| f.name.clone()).collect()
}
