//! Samples cut into inputs and targets.

use std::sync::{Arc, OnceLock};

use crate::block::Block;
use crate::dataset::Dataset;
use crate::header::FieldInfo;
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
pub(crate) struct Part {
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
        let all = Parts::new(dataset.fields(), &dataset.path().display().to_string(), task)?;
        let used = all.used();
        let Parts { parts, in_channels, out_channels, span } = all;
        let mut offsets = vec![0];
        for i in 0..dataset.n_trajectories() {
            offsets.push(offsets[i] + (dataset.n_steps(i) + 1).saturating_sub(span));
        }
        if offsets[offsets.len() - 1] == 0 {
            let found = format!("{} in {}", dataset.n_steps(0), dataset.path().display());
            return Err(Error::config("stored steps", format!("at least {span} for this window"), found));
        }
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

    /// The first window of a trajectory; nothing if the trajectory is too short for one.
    pub fn first_window(&self, trajectory: usize) -> Option<usize> {
        let ends = self.offsets.get(trajectory..trajectory + 2)?;
        (ends[0] < ends[1]).then_some(ends[0])
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
        copy_window((&self.parts, &self.used, self.stride), &blocks, place.start, batch, place.position);
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

/// Where the fields of a task go.
#[derive(Clone, Debug)]
pub(crate) struct Parts {
    pub(crate) parts: Vec<Part>,
    pub(crate) in_channels: usize,
    pub(crate) out_channels: usize,
    /// Stored steps from the first to the last of a window, both included.
    pub(crate) span: usize,
}

impl Parts {
    /// Of a task on `fields`, those of `place`.
    pub(crate) fn new(fields: &[FieldInfo], place: &str, task: &Task) -> Result<Self> {
        let side = |names: &[String], steps, offset, target| {
            let numbers = names.iter().map(|n| find(fields, place, n)).collect::<Result<Vec<_>>>()?;
            Ok::<_, Error>(parts(fields, &numbers, steps, offset, target))
        };
        let (mut parts, in_channels) = side(&task.inputs, task.n_steps_input, 0, false)?;
        let (targets, out_channels) = side(&task.targets, task.n_steps_output, task.n_steps_input, true)?;
        parts.extend(targets);
        for (what, channels) in [("input", in_channels), ("target", out_channels)] {
            if channels == 0 {
                let names: Vec<_> = fields.iter().map(|f| f.name.as_str()).collect();
                return Err(Error::config(
                    format!("{what} of the task"),
                    format!("some of {names:?}"),
                    "no channel",
                ));
            }
        }
        let span = task.stride * (task.n_steps_input + task.n_steps_output).max(1) - task.stride + 1;
        Ok(Self { parts, in_channels, out_channels, span })
    }

    /// Numbers of the fields that are used.
    pub(crate) fn used(&self) -> Vec<usize> {
        let mut used: Vec<usize> = self.parts.iter().map(|p| p.field).collect();
        used.sort_unstable();
        used.dedup();
        used
    }

    /// An empty batch.
    pub(crate) fn batch(&self, n: usize, size: &[usize]) -> Batch {
        let points: usize = size.iter().product();
        Batch {
            input: vec![0.0; n * self.in_channels * points],
            target: vec![0.0; n * self.out_channels * points],
            size: size.to_vec(),
            batch: n,
            in_channels: self.in_channels,
            out_channels: self.out_channels,
        }
    }
}

/// Position of a field.
pub(crate) fn find(fields: &[FieldInfo], place: &str, name: &str) -> Result<usize> {
    fields.iter().position(|f| f.name == name).ok_or_else(|| {
        let names: Vec<_> = fields.iter().map(|f| f.name.as_str()).collect();
        Error::config(format!("field of {place}"), format!("one of {names:?}"), format!("'{name}'"))
    })
}

/// Parts of one side of the task and its number of channels.
fn parts(
    all: &[FieldInfo],
    fields: &[usize],
    steps: usize,
    offset: usize,
    target: bool,
) -> (Vec<Part>, usize) {
    let components = |&f: &usize| all[f].components;
    let (varying, constant): (Vec<usize>, Vec<usize>) =
        fields.iter().partition(|&&f| all[f].kind == FieldKind::Solution);
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
    (parts, channel)
}

/// Copies the window that starts at stored step `start` of one trajectory to sample `b` of a batch. `blocks` are the used fields,
/// in order.
pub(crate) fn copy_window(
    (parts, used, stride): (&[Part], &[usize], usize),
    blocks: &[Block],
    start: usize,
    batch: &mut Batch,
    b: usize,
) {
    for part in parts {
        let Ok(at) = used.binary_search(&part.field) else { continue };
        let block = &blocks[at];
        let first = start + part.offset * stride;
        // A constant field has one step, whatever the window.
        let step = |s: usize| if block.steps == 1 { 0 } else { first + s * stride };
        part.copy(batch, b, |s, c| block.frame(0, step(s), c));
    }
}

fn trajectory_bytes(dataset: &Dataset, used: &[usize], index: usize) -> usize {
    let frames = |&f: &usize| {
        let info = &dataset.fields()[f];
        info.components * if info.kind == FieldKind::Solution { dataset.n_steps(index) } else { 1 }
    };
    4 * dataset.points() * used.iter().map(frames).sum::<usize>()
}
