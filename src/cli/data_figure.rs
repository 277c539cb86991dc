//! Figures of a data set: fields over two axes, space-time pictures and profiles over one.

use std::{
    path::{Path, PathBuf},
    sync::Arc,
};

use sobolev::{
    datasets::{Dataset, FieldInfo, FieldKind, Task, View},
    plot::{self, Field, Profile, Quantity, Span},
};

use super::{CliError, figures};

/// Columns of a figure of fields at most.
const COLUMNS: usize = 5;

/// From this many stored times on, functions of one variable become a picture over space and time.
const PICTURE: usize = 12;

/// One field of a sample at one time.
struct Frame {
    name: String,
    /// Stored step; none for a field that does not vary in time.
    step: Option<usize>,
    values: Vec<f32>,
}

/// The coordinates in a file: axes by name, and stored times.
struct Coordinates {
    axes: Vec<(String, [f64; 2])>,
    times: Vec<f32>,
}

/// The ends of an axis: those of the cells if points are their centres, those of the period, or the first and the last point.
fn ends(points: &[f32], is_periodic: bool) -> [f64; 2] {
    let (Some(&first), Some(&last)) = (points.first(), points.last()) else { return [0.0, 1.0] };
    let (lo, hi) = (f64::from(first), f64::from(last));
    let spacing = (hi - lo) / (points.len().max(2) - 1) as f64;
    let are_centres = (lo - 0.5 * spacing).abs() < 1e-3 * spacing;
    if is_periodic && !are_centres {
        [lo, hi + spacing]
    } else if are_centres {
        [lo - 0.5 * spacing, hi + 0.5 * spacing]
    } else {
        [lo, hi]
    }
}

impl Coordinates {
    fn read(set: &Dataset) -> Result<Self, CliError> {
        let Some(path) = set.files().next() else { return Err(CliError::input("no file to draw")) };
        let read = |name: &str| -> hdf5::Result<Vec<f32>> {
            hdf5::File::open(path)?.dataset(&format!("dimensions/{name}"))?.read_raw::<f32>()
        };
        let refused = |e: hdf5::Error| CliError::input(format!("{}: {e}", path.display()));
        let info = set.info();
        let is_periodic = |a: &str| info.boundary_conditions.contains(&format!("{a}_periodic"));
        let axes =
            info.axes.iter().map(|a| Ok((a.clone(), ends(&read(a).map_err(refused)?, is_periodic(a)))));
        Ok(Self { axes: axes.collect::<Result<_, CliError>>()?, times: read("time").map_err(refused)? })
    }

    fn span(&self, axis: usize) -> Span<'_> {
        let (name, [lo, hi]) = &self.axes[axis];
        Span { name, lo: *lo, hi: *hi }
    }

    fn time(&self, step: usize) -> f64 {
        // Rounded as people write it: 0.1 is 0.10000000149 in single precision.
        self.times.get(step).map_or(0.0, |&t| (1e4 * f64::from(t)).round() / 1e4)
    }
}

/// Draws the samples `indices` of a data set.
pub(crate) fn draw(
    out: &Path,
    title: &str,
    set: Arc<Dataset>,
    indices: &[usize],
) -> Result<Vec<PathBuf>, CliError> {
    let at = Coordinates::read(&set)?;
    let size = set.size().to_vec();
    let samples = frames(set, indices)?;
    let labels: Vec<String> = indices.iter().map(|i| format!("sample {}", i + 1)).collect();
    let stem = out.join("fields");
    match size[..] {
        [rows, cols] => fields(&stem, title, &at, &labels, &samples, [rows, cols]),
        [n] if at.times.len() >= PICTURE => space_time(&stem, title, &at, &labels, &samples, n),
        [_] => profiles(&stem, title, &at, &labels, &samples),
        _ => Err(CliError::input(format!(
            "figures need one or two space axes, these fields have {}",
            size.len()
        ))),
    }
}

/// Every field of every sample at every stored time: constants first, then solutions in the order of time.
fn frames(set: Arc<Dataset>, indices: &[usize]) -> Result<Vec<Vec<Frame>>, CliError> {
    let steps = indices.iter().map(|&i| set.n_steps(i)).min().unwrap_or(1);
    let of_kind = |kind| set.fields().iter().filter(move |f| f.kind == kind);
    let names = |kind| of_kind(kind).map(|f| f.name.clone()).collect::<Vec<_>>();
    let channels = |kind| -> Vec<String> {
        let components = |f: &FieldInfo| {
            let part = |c| if f.components > 1 { format!("{} {}", f.name, c + 1) } else { f.name.clone() };
            (0..f.components).map(part).collect::<Vec<_>>()
        };
        of_kind(kind).flat_map(components).collect()
    };
    let (constants, solutions) = (names(FieldKind::Constant), names(FieldKind::Solution));
    // A view needs an input: the constant fields, or else the first stored time.
    let first = usize::from(constants.is_empty());
    let inputs = if constants.is_empty() { solutions.clone() } else { constants };
    let task =
        Task { inputs, targets: solutions, n_steps_input: first, n_steps_output: steps - first, stride: 1 };
    let (constant, solution) = (channels(FieldKind::Constant), channels(FieldKind::Solution));
    let points = set.points();
    let view = View::new(set, &task, 0)?;
    let batch = view.batch(indices)?;
    let frame = |values: &[f32], n: usize, name: &str, step| Frame {
        name: name.to_owned(),
        step,
        values: values[n * points..][..points].to_vec(),
    };
    let sample = |b: usize| {
        let input = &batch.input[b * batch.in_channels * points..][..batch.in_channels * points];
        let target = &batch.target[b * batch.out_channels * points..][..batch.out_channels * points];
        let given: Vec<Frame> = if first == 0 {
            constant.iter().enumerate().map(|(c, name)| frame(input, c, name, None)).collect()
        } else {
            solution.iter().enumerate().map(|(c, name)| frame(input, c, name, Some(0))).collect()
        };
        let computed = (0..batch.out_channels).map(|n| {
            let (step, c) = (first + n / solution.len(), n % solution.len());
            frame(target, n, &solution[c], Some(step))
        });
        given.into_iter().chain(computed).collect()
    };
    Ok((0..indices.len()).map(sample).collect())
}

/// Steps to draw: evenly spread, the first and the last among them.
fn spread(steps: usize, most: usize) -> Vec<usize> {
    let n = steps.min(most.max(1));
    (0..n).map(|i| if n == 1 { steps - 1 } else { i * (steps - 1) / (n - 1) }).collect()
}

fn fields(
    stem: &Path,
    title: &str,
    at: &Coordinates,
    labels: &[String],
    samples: &[Vec<Frame>],
    [rows, cols]: [usize; 2],
) -> Result<Vec<PathBuf>, CliError> {
    let Some(example) = samples.first() else { return Ok(Vec::new()) };
    let steps = at.times.len();
    let constants = example.iter().filter(|f| f.step.is_none()).count();
    let channels = (example.len() - constants) / steps.max(1);
    let chosen = spread(steps, COLUMNS.saturating_sub(constants) / channels.max(1));
    let kept = |f: &&Frame| f.step.is_none_or(|s| chosen.contains(&s));
    let heads: Vec<String> = example
        .iter()
        .filter(kept)
        .map(|f| match f.step {
            Some(step) if steps > 1 => format!("{}, t = {}", f.name, at.time(step)),
            _ => f.name.clone(),
        })
        .collect();
    let quantities: Vec<Quantity<'_>> = if steps > 1 {
        heads.iter().map(|name| Quantity { name, symbol: "", unit: "" }).collect()
    } else {
        heads.iter().map(|name| figures::quantity(name)).collect()
    };
    let row = |sample: &'_ Vec<Frame>| -> Vec<Vec<f32>> {
        sample.iter().filter(kept).map(|f| f.values.clone()).collect()
    };
    let values: Vec<Vec<Vec<f32>>> = samples.iter().map(row).collect();
    let of = |values| Field { values, rows, cols };
    let rows: Vec<(&str, Vec<Field<'_>>)> =
        labels.iter().zip(&values).map(|(l, f)| (l.as_str(), f.iter().map(|v| of(v)).collect())).collect();
    Ok(plot::fields(stem, title, [at.span(0), at.span(1)], &quantities, &rows)?)
}

/// One picture per sample and solution: x to the right, time upwards.
fn space_time(
    stem: &Path,
    title: &str,
    at: &Coordinates,
    labels: &[String],
    samples: &[Vec<Frame>],
    cols: usize,
) -> Result<Vec<PathBuf>, CliError> {
    let Some(example) = samples.first() else { return Ok(Vec::new()) };
    let names: Vec<&str> = example.iter().filter(|f| f.step == Some(0)).map(|f| f.name.as_str()).collect();
    let picture = |sample: &[Frame], name: &str| -> Vec<f32> {
        let of_field = sample.iter().filter(|f| f.step.is_some() && f.name == name);
        of_field.flat_map(|f| f.values.iter().copied()).collect()
    };
    let values: Vec<Vec<Vec<f32>>> =
        samples.iter().map(|s| names.iter().map(|name| picture(s, name)).collect()).collect();
    let rows = at.times.len();
    let of = |values| Field { values, rows, cols };
    let rows: Vec<(&str, Vec<Field<'_>>)> =
        labels.iter().zip(&values).map(|(l, f)| (l.as_str(), f.iter().map(|v| of(v)).collect())).collect();
    let quantities: Vec<Quantity<'_>> = names.iter().map(|name| figures::quantity(name)).collect();
    let time = Span { name: "t", lo: at.time(0), hi: at.time(at.times.len() - 1) };
    Ok(plot::fields(stem, title, [time, at.span(0)], &quantities, &rows)?)
}

fn profiles(
    stem: &Path,
    title: &str,
    at: &Coordinates,
    labels: &[String],
    samples: &[Vec<Frame>],
) -> Result<Vec<PathBuf>, CliError> {
    let name = |f: &Frame| match f.step {
        Some(step) => format!("{}, t = {}", f.name, at.time(step)),
        None => f.name.clone(),
    };
    let names: Vec<Vec<String>> = samples.iter().map(|s| s.iter().map(name).collect()).collect();
    let rows = labels.iter().zip(samples.iter().zip(&names)).map(|(label, (sample, names))| {
        let lines = sample.iter().zip(names);
        (label.as_str(), lines.map(|(f, name)| Profile { name, values: &f.values }).collect())
    });
    let rows: Vec<(&str, Vec<Profile<'_>>)> = rows.collect();
    Ok(plot::profiles(stem, title, at.span(0), &rows)?)
}
