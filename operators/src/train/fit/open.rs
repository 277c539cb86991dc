//! The beginning of a training, and of one that goes on.

use std::path::{Path, PathBuf};
use std::time::Instant;

use burn::module::Module;

use super::super::checkpoint::{self, Checkpoints, State, Which};
use super::super::config::TrainConfig;
use super::super::error::{Result, TrainError};
use super::super::incremental::Growth;
use super::super::journal::Journal;
use super::super::optimizer::AdamW;
use super::super::parallel::{self, Ranks};
use super::super::source::BatchSource;
use super::{Clock, Control, Run};
use crate::Operator;

impl<'a, 'c, M: Module + Operator> Run<'a, 'c, M> {
    pub(super) fn open(
        ranks: &'a Ranks,
        model: M,
        train: &'a dyn BatchSource,
        valid: Option<&'a dyn BatchSource>,
        config: &'a TrainConfig,
        control: Control<'c>,
    ) -> Result<Self> {
        let folder = control.folder;
        let (path, root) = (folder.join("checkpoints"), ranks.is_root());
        let checkpoints = if root { Checkpoints::open(&path)? } else { Checkpoints::read_only(&path) };
        let path = folder.join("metrics.jsonl");
        if root && !control.resume && path.exists() {
            return Err(TrainError::Exists(folder.to_path_buf()));
        }
        let mut model = model.train();
        let mut optimizer = AdamW::new(&model, config.ema)?;
        let growing = config.incremental.as_ref().and_then(|i| i.modes.as_ref());
        let mut growth = Growth::new(growing, &mut model)?;
        let mut state = State {
            version: checkpoint::VERSION,
            epoch: 0,
            step_in_epoch: 0,
            step: 0,
            seed: config.seed,
            steps_per_epoch: train.n_batches(),
            loss_sum: 0.0,
            loss_samples: 0,
            best: f64::INFINITY,
            best_epoch: 0,
            metrics_offset: 0,
            growth: growth.start(),
        };
        if let Some(last) = if control.resume { find(&checkpoints, Which::Last, ranks)? } else { None } {
            let fresh = (state.seed, state.steps_per_epoch);
            (model, state) = checkpoint::load_checkpoint(&last, model, &mut optimizer)?;
            growth.resume(&mut model, &state, &last)?;
            let stored = (state.seed, state.steps_per_epoch);
            if stored != fresh {
                let text = |(seed, steps)| format!("of seed {seed} with {steps} steps per epoch");
                return Err(TrainError::Mismatch {
                    what: "the training that is resumed",
                    expected: text(stored),
                    found: text(fresh),
                });
            }
        }
        parallel::agree(&model, Some(&optimizer), &state, ranks, "at the start")?;
        let (metrics, timing) = if root {
            let timing = Journal::append(&folder.join("timing.jsonl"))?;
            (Journal::open(&path, state.metrics_offset)?, timing)
        } else {
            (Journal::default(), Journal::default())
        };
        let now = Instant::now();
        let clock = Clock { saved: now, epoch: (now, state.step_in_epoch), valid_seconds: 0.0 };
        let (model, last) = (Some(model), None);
        Ok(Self {
            model,
            optimizer,
            growth,
            state,
            train,
            valid,
            config,
            ranks,
            control,
            checkpoints,
            metrics,
            timing,
            clock,
            last,
        })
    }
}

/// The checkpoint that rank 0 sees: the others may look at the folder a moment too late.
pub(super) fn find(checkpoints: &Checkpoints, which: Which, ranks: &Ranks) -> Result<Option<PathBuf>> {
    let found = if ranks.is_root() { checkpoints.find(which)? } else { None };
    if ranks.size() == 1 {
        return Ok(found);
    }
    let name = found.as_deref().and_then(Path::file_name).unwrap_or_default();
    let name = ranks.broadcast(&name.to_string_lossy())?;
    Ok((!name.is_empty()).then(|| checkpoints.folder().join(name)))
}
