//! Samples cut into inputs and targets.

use std::sync::{Arc, OnceLock};

use crate::block::Block;
use crate::dataset::Dataset;
use crate::schema::FieldKind;
use crate::task::Task;
use crate::{Error, Result};

/// Inputs and targets of some samples.
#[derive(Clone, Debug, PartialEq)]
pub struct Batch {
    /// `[batch, in_channels, points]`.
    pub input: Vec<f32>,
    /// `[batch, out_channels, points]`.
    pub target: Vec<f32>,
    /// Sizes of the space axes, the last one fastest.
    pub size: Vec<usize>,
    /// Number of samples.
    pub batch: usize,
    /// Channels of the input.
    pub in_channels: usize,
    /// Channels of the target.
    pub out_channels: usize,
}

/// Where one field goes in a batch.
#[derive(Clone, Debug)]
struct Part {
    field: usize,
    components: usize,
    /// First step after the start of the window, in strides.
    offset: usize,
    steps: usize,
    /// First channel, and channels from one step to the next.
    channel: usize,
    step_channels: usize,
    target: bool,
}

type Cached = OnceLock<Arc<Vec<Block>>>;

/// A data set cut into (input, target) pairs.
///
/// **Order.** Sample `i` runs through the windows of trajectory 0, then those of trajectory 1, and so on, as The Well's own
/// reader does. Channels: solution fields step by step (`[step, field, component]`), then constant fields.
#[derive(Debug)]
pub struct View {
    dataset: Arc<Dataset>,
    parts: Vec<Part>,
    stride: usize,
    in_channels: usize,
    out_channels: usize,
    /// Index of the first window of each trajectory, and the total.
    offsets: Vec<usize>,
    used: Vec<usize>,
    cache: Vec<Cached>,
}

impl View {
    /// Applies a task to a data set. Sets whose used fields take at most `cache_mib` MiB are kept in memory once read.
    ///
    /// # Errors
    /// [`Error::Config`] for an unknown field, an empty input or target, or a window longer than every trajectory.
    pub fn new(dataset: Arc<Dataset>, task: &Task, cache_mib: usize) -> Result<Self> {
        if task.stride == 0 {
            return Err(Error::config("stride of the window", "at least one stored step", 0));
        }
        let (mut parts, in_channels) = parts(&dataset, &task.inputs, task.n_steps_input, 0, false)?;
        let (targets, out_channels) = parts_of_target(&dataset, task)?;
        parts.extend(targets);
        for (what, channels) in [("input", in_channels), ("target", out_channels)] {
            if channels == 0 {
                let fields: Vec<_> = dataset.fields().iter().map(|f| f.name.as_str()).collect();
                return Err(Error::config(
                    format!("{what} of the task"),
                    format!("some of {fields:?}"),
                    "no channel",
                ));
            }
        }
        let span = task.stride * (task.n_steps_input + task.n_steps_output).max(1) - task.stride + 1;
        let mut offsets = vec![0];
        for i in 0..dataset.n_trajectories() {
            offsets.push(offsets[i] + (dataset.n_steps(i) + 1).saturating_sub(span));
        }
        if offsets[offsets.len() - 1] == 0 {
            let found = format!("{} in {}", dataset.n_steps(0), dataset.path().display());
            return Err(Error::config("stored steps", format!("at least {span} for this window"), found));
        }
        let mut used: Vec<usize> = parts.iter().map(|p| p.field).collect();
        used.sort_unstable();
        used.dedup();
        let bytes: usize = (0..dataset.n_trajectories()).map(|i| trajectory_bytes(&dataset, &used, i)).sum();
        let cached = if bytes <= cache_mib << 20 { dataset.n_trajectories() } else { 0 };
        let cache = (0..cached).map(|_| OnceLock::new()).collect();
        Ok(Self { dataset, parts, stride: task.stride, in_channels, out_channels, offsets, used, cache })
    }

    /// Number of (input, target) pairs.
    pub fn len(&self) -> usize {
        self.offsets[self.offsets.len() - 1]
    }

    /// Never true: an empty view is an error of [`View::new`].
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Channels of the input.
    pub fn in_channels(&self) -> usize {
        self.in_channels
    }

    /// Channels of the target.
    pub fn out_channels(&self) -> usize {
        self.out_channels
    }

    /// Sizes of the space axes.
    pub fn size(&self) -> &[usize] {
        self.dataset.size()
    }

    /// The data set behind it.
    pub fn dataset(&self) -> &Dataset {
        &self.dataset
    }

    /// Reads the samples `indices`, in that order.
    ///
    /// Neighbours on disk are read together.
    ///
    /// # Errors
    /// [`Error::Config`] for an index out of range, [`Error::NotFinite`] naming file, field and sample, [`Error::Hdf5`].
    pub fn batch(&self, indices: &[usize]) -> Result<Batch> {
        let points = self.dataset.points();
        let mut batch = Batch {
            input: vec![0.0; indices.len() * self.in_channels * points],
            target: vec![0.0; indices.len() * self.out_channels * points],
            size: self.size().to_vec(),
            batch: indices.len(),
            in_channels: self.in_channels,
            out_channels: self.out_channels,
        };
        let mut places =
            indices.iter().enumerate().map(|(b, &i)| self.place(b, i)).collect::<Result<Vec<_>>>()?;
        if self.cache.is_empty() {
            places.sort_unstable_by_key(|p| (p.trajectory, p.start));
            for run in places.chunk_by(|a, b| self.adjacent(a, b)) {
                self.read_run(run, &mut batch)?;
            }
        } else {
            for place in &places {
                self.copy_cached(place, &mut batch)?;
            }
        }
        Ok(batch)
    }

    fn place(&self, position: usize, index: usize) -> Result<Place> {
        if index >= self.len() {
            return Err(Error::config("sample index", format!("below {}", self.len()), index));
        }
        let trajectory = self.offsets.partition_point(|&o| o <= index) - 1;
        Ok(Place { position, trajectory, start: index - self.offsets[trajectory] })
    }

    /// Whether two windows can be read as one hyperslab.
    fn adjacent(&self, a: &Place, b: &Place) -> bool {
        let same_file = self.dataset.place(a.trajectory).0 == self.dataset.place(b.trajectory).0;
        same_file && a.start == b.start && b.trajectory == a.trajectory + 1
    }

    fn read_run(&self, run: &[Place], batch: &mut Batch) -> Result<()> {
        let (file, row) = self.dataset.place(run[0].trajectory);
        for part in &self.parts {
            let steps = (run[0].start + part.offset * self.stride, part.steps, self.stride);
            let block = self.dataset.read(file, part.field, row..row + run.len(), steps)?;
            for (row, place) in run.iter().enumerate() {
                part.copy(batch, place.position, |step, c| block.frame(row, step, c));
            }
        }
        Ok(())
    }

    fn copy_cached(&self, place: &Place, batch: &mut Batch) -> Result<()> {
        let blocks = self.trajectory(place.trajectory)?;
        for part in &self.parts {
            let Ok(at) = self.used.binary_search(&part.field) else { continue };
            let block = &blocks[at];
            let first = place.start + part.offset * self.stride;
            // A constant field has one step, whatever the window.
            let step = |s: usize| if block.steps == 1 { 0 } else { first + s * self.stride };
            part.copy(batch, place.position, |s, c| block.frame(0, step(s), c));
        }
        Ok(())
    }

    fn trajectory(&self, index: usize) -> Result<Arc<Vec<Block>>> {
        if let Some(blocks) = self.cache[index].get() {
            return Ok(blocks.clone());
        }
        let (file, row) = self.dataset.place(index);
        let all = (0, self.dataset.n_steps(index), 1);
        let blocks = self
            .used
            .iter()
            .map(|&f| self.dataset.read(file, f, row..row + 1, all))
            .collect::<Result<Vec<_>>>()?;
        Ok(self.cache[index].get_or_init(|| Arc::new(blocks)).clone())
    }
}

struct Place {
    /// Position in the batch.
    position: usize,
    trajectory: usize,
    /// First stored step of the window.
    start: usize,
}

impl Part {
    /// Copies `frame(step, component)` to its channels of sample `b`.
    fn copy<'a>(&self, batch: &mut Batch, b: usize, frame: impl Fn(usize, usize) -> &'a [f32]) {
        let (to, channels) = if self.target {
            (&mut batch.target, batch.out_channels)
        } else {
            (&mut batch.input, batch.in_channels)
        };
        for step in 0..self.steps {
            for c in 0..self.components {
                let from = frame(step, c);
                let channel = b * channels + self.channel + step * self.step_channels + c;
                to[channel * from.len()..][..from.len()].copy_from_slice(from);
            }
        }
    }
}

fn parts_of_target(dataset: &Dataset, task: &Task) -> Result<(Vec<Part>, usize)> {
    parts(dataset, &task.targets, task.n_steps_output, task.n_steps_input, true)
}

/// Parts of one side of the task and its number of channels.
fn parts(
    dataset: &Dataset,
    names: &[String],
    steps: usize,
    offset: usize,
    target: bool,
) -> Result<(Vec<Part>, usize)> {
    let fields = names.iter().map(|n| dataset.field(n)).collect::<Result<Vec<_>>>()?;
    let components = |&f: &usize| dataset.fields()[f].components;
    let (varying, constant): (Vec<usize>, Vec<usize>) =
        fields.into_iter().partition(|&f| dataset.fields()[f].kind == FieldKind::Solution);
    let step_channels: usize = varying.iter().map(components).sum();
    let mut parts = vec![];
    let mut channel = 0;
    for field in varying.into_iter().filter(|_| steps > 0) {
        let components = components(&field);
        parts.push(Part { field, components, offset, steps, channel, step_channels, target });
        channel += components;
    }
    channel = step_channels * steps;
    for field in constant {
        let components = components(&field);
        parts.push(Part { field, components, offset: 0, steps: 1, channel, step_channels: 0, target });
        channel += components;
    }
    Ok((parts, channel))
}

fn trajectory_bytes(dataset: &Dataset, used: &[usize], index: usize) -> usize {
    let frames = |&f: &usize| {
        let info = &dataset.fields()[f];
        info.components * if info.kind == FieldKind::Solution { dataset.n_steps(index) } else { 1 }
    };
    4 * dataset.points() * used.iter().map(frames).sum::<usize>()
}
