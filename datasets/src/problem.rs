//! What the generator asks of a problem.

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
}

/// A family of simulations whose member `index` is a pure function of (seed, index).
///
/// Everything downstream rests on that purity: any shard can be made again byte for byte, by any number of threads, in any order.
pub trait Problem: Sync {
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
}
