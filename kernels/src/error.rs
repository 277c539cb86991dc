//! What a caller can get wrong.

/// Errors of this crate.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// A fractional rank must be positive and finite.
    #[error("rank: a fraction of the dense parameters must be positive and finite, not {0}")]
    RankFraction(f64),
    /// A rank below one.
    #[error("rank: entry {index} must be at least 1")]
    RankZero {
        /// Which entry of the given ranks.
        index: usize,
    },
    /// As many ranks as the form has are needed.
    #[error("rank: {form} of a tensor of order {order} takes {expected} ranks, not {given}")]
    RankCount {
        /// The factorised form.
        form: &'static str,
        /// The order of the tensor.
        order: usize,
        /// How many ranks the form has.
        expected: usize,
        /// How many were given.
        given: usize,
    },
    /// A rank with which one factor alone would hold as much as the tensor it is to compress.
    #[error("rank: rank {index} of {form} can be at most {limit}, not {rank}")]
    RankTooLarge {
        /// The factorised form.
        form: &'static str,
        /// Which rank.
        index: usize,
        /// The rank asked for.
        rank: usize,
        /// The largest that makes sense.
        limit: usize,
    },
    /// A tensor shape without entries, or of too low an order for the form.
    #[error("shape {shape:?}: {form} needs at least {least} axes, all of them non-empty")]
    TensorShape {
        /// The shape given.
        shape: Vec<usize>,
        /// The factorised form.
        form: &'static str,
        /// The least order.
        least: usize,
    },
    /// A mode named as fixed that the form cannot keep, or that does not exist.
    #[error("fixed modes: mode {mode} cannot be kept at full rank in {form} of a tensor of order {order}")]
    FixedMode {
        /// The mode named.
        mode: usize,
        /// The factorised form.
        form: &'static str,
        /// The order of the tensor.
        order: usize,
    },
    /// A convolution that does not fit its grid; the message says which axis, what it is and what was expected.
    #[error("convolution: {0}")]
    Conv(String),
    /// A line of a golden file that cannot be read.
    #[error("golden vectors, line {line}: {what}")]
    Golden {
        /// The line, from 1.
        line: usize,
        /// What is wrong with it.
        what: String,
    },
    /// A name that the golden file does not have.
    #[error("golden vectors: no entry named {name:?}; there are {known:?}")]
    GoldenName {
        /// The name asked for.
        name: String,
        /// The names present.
        known: Vec<String>,
    },
}

/// A result with this crate's [`Error`].
pub type Result<T, E = Error> = std::result::Result<T, E>;
