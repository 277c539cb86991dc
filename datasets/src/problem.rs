//! What the generator asks of a problem.

use std::ops::Range;

use crate::Result;
use crate::schema::{Sample, Schema};

/// Words for people: the card of a data set.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Card {
    /// One sentence.
    pub description: String,
    /// The equation, in TeX.
    pub equation: String,
    /// Publication or method behind it.
    pub source: String,
    /// What it is for.
    pub purpose: String,
    /// Resolution and time step that the solver works with, where they are not those of the stored fields.
    pub internal: String,
}

/// A family of simulations whose member `index` is a pure function of (seed, index).
///
/// Everything downstream rests on that purity: any shard can be made again byte for byte, by any number of threads, in any order;
/// a stream can be resumed at any sample.
///
/// **Batches.** A solver that integrates many samples at once says how many it likes in [`Problem::batch`] and overrides
/// [`Problem::samples`]. The cut into batches is the generator's business: it depends on the number of threads, on the size of a
/// file, on where an earlier run stopped. So `samples(seed, a..b)[i]` has to be `sample(seed, a + i)` bit for bit, which
/// [`crate::problems::check_batches`] checks.
pub trait Problem: Send + Sync {
    /// Name for the command line and for messages, such as `darcy`.
    fn name(&self) -> &str;
    /// Axes, fields, boundary conditions and parameters. `dataset_name` is replaced by the generator's.
    fn schema(&self) -> Schema;
    /// All settings, stored in the file and compared before a file is kept.
    fn config(&self) -> serde_json::Value;
    /// Numerical method in a few words.
    fn solver(&self) -> String;
    /// Words for people.
    fn card(&self) -> Card;
    /// Sample `index` of the family `seed`.
    ///
    /// # Errors
    /// [`crate::Error::Solver`] if the solver fails.
    fn sample(&self, seed: u64, index: u64) -> Result<Sample>;

    /// Number of samples that are best computed in one call of [`Problem::samples`].
    fn batch(&self) -> usize {
        1
    }

    /// The samples of a range of indices, in order. One that fails leaves the others as they are.
    fn samples(&self, seed: u64, indices: Range<u64>) -> Vec<Result<Sample>> {
        indices.map(|index| self.sample(seed, index)).collect()
    }
}
