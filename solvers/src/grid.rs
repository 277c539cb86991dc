//! Where the values of a field sit.

use serde::{Deserialize, Serialize};

/// The points of a regular grid with `n` points an axis on [0, 1].
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Grid {
    /// Cell centres, `x_i = (i + 1/2)/n`.
    #[default]
    Cells,
    /// Nodes with both ends, `x_i = i/(n − 1)`. On a periodic axis `x_i = i/n`: the end is the beginning.
    Nodes,
}
