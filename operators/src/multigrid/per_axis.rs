//! Settings of grid axes.

use std::fmt;

use serde::{Deserialize, Serialize};

/// A setting of the grid axes: one value for all of them, or a list with one each, first axis first.
///
/// ```
/// use sobolev_operators::multigrid::PerAxis;
///
/// assert_eq!(PerAxis::Same(0.1).get(1), 0.1);
/// assert_eq!(PerAxis::Each(vec![0.1, 0.0]).get(1), 0.0);
/// ```
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum PerAxis<T> {
    /// The same on every axis.
    Same(T),
    /// One per axis.
    Each(Vec<T>),
}

impl<T: Copy> PerAxis<T> {
    /// The value of an axis.
    ///
    /// # Panics
    /// If there is a list without an entry for it.
    pub fn get(&self, axis: usize) -> T {
        match self {
            Self::Same(value) => *value,
            Self::Each(values) => values[axis],
        }
    }

    /// All values that are given.
    pub fn values(&self) -> &[T] {
        match self {
            Self::Same(value) => std::slice::from_ref(value),
            Self::Each(values) => values,
        }
    }

    /// Whether there is a value for each of `n_dim` axes and none over.
    pub fn fits(&self, n_dim: usize) -> bool {
        matches!(self, Self::Same(_)) || self.values().len() == n_dim
    }
}

impl<T: Default> Default for PerAxis<T> {
    fn default() -> Self {
        Self::Same(T::default())
    }
}

impl<T: fmt::Display> fmt::Display for PerAxis<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Same(value) => value.fmt(f),
            Self::Each(values) => {
                let values: Vec<String> = values.iter().map(ToString::to_string).collect();
                write!(f, "[{}]", values.join(", "))
            }
        }
    }
}
