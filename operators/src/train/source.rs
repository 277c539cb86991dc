//! Where the batches come from.

use super::error::Result;
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
    /// Turns target fields `[batch, out_channels, points]` from normalised into physical units, in place.
    fn denormalise(&self, field: &mut [f64], samples: usize);
}
