//! Where the batches come from.

use super::error::Result;
use super::parallel::Share;
use crate::loss::Edges;

/// Normalised samples of one step.
#[derive(Debug, Clone, PartialEq)]
pub struct Batch {
    /// Number of samples.
    pub samples: usize,
    /// Input fields, `[batch, in_channels, points]`.
    pub input: Vec<f32>,
    /// Target fields, `[batch, out_channels, points]`.
    pub target: Vec<f32>,
    /// Grid points per axis, last axis fastest; `points` is their product.
    pub size: Vec<usize>,
}

/// Batches of one pass over the data.
pub type Batches<'a> = Box<dyn Iterator<Item = Result<Batch>> + 'a>;

/// A share of the samples of a batch; it may be empty.
#[derive(Debug, Clone, PartialEq)]
pub struct Portion {
    /// The samples of the share.
    pub batch: Batch,
    /// How many samples of the batch come before them.
    pub first: usize,
    /// Samples of the whole batch.
    pub total: usize,
}

/// Portions of the batches of one pass over the data.
pub type Portions<'a> = Box<dyn Iterator<Item = Result<Portion>> + 'a>;

impl Batch {
    /// A share of the samples.
    #[must_use]
    pub fn portion(self, share: Share) -> Portion {
        let (total, range) = (self.samples, share.range(self.samples));
        let first = range.start;
        if range == (0..total) {
            return Portion { batch: self, first, total };
        }
        let cut = |field: &[f32]| {
            let sample = field.len() / total;
            field[range.start * sample..range.end * sample].to_vec()
        };
        let (input, target) = (cut(&self.input), cut(&self.target));
        Portion { batch: Self { samples: range.len(), input, target, size: self.size }, first, total }
    }
}

/// A set of samples that can be passed over again and again.
///
/// **Contract.** The batches of `epoch(e, k)` are the batches of `epoch(e, 0)` without the first `k`, bit for bit, in
/// this process and in any other: a resumed training rests on it.
pub trait BatchSource {
    /// Samples of one pass.
    fn n_samples(&self) -> usize;
    /// Batches of one pass.
    fn n_batches(&self) -> usize;
    /// Channels of the input.
    fn in_channels(&self) -> usize;
    /// Channels of the target.
    fn out_channels(&self) -> usize;
    /// How difference quotients treat the border of the grid, in the H¹ error.
    fn edges(&self) -> Edges;
    /// The batches of epoch `epoch` from batch `start` on.
    ///
    /// # Errors
    /// [`super::TrainError::Data`] if the set cannot be opened.
    fn epoch(&self, epoch: usize, start: usize) -> Result<Batches<'_>>;
    /// A share of each of the batches of epoch `epoch` from batch `start` on. A source that can leave the other samples unread does.
    ///
    /// # Errors
    /// As [`epoch`](Self::epoch).
    fn portions(&self, epoch: usize, start: usize, share: Share) -> Result<Portions<'_>> {
        Ok(Box::new(self.epoch(epoch, start)?.map(move |batch| Ok(batch?.portion(share)))))
    }
    /// Turns target fields `[batch, out_channels, points]` from normalised into physical units, in place.
    fn denormalise(&self, field: &mut [f64], samples: usize);
}
