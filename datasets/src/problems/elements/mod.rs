//! What the problems that finite elements solve on the unit square have in common: nodes, random fields at them, and tools that are used
//! again.

mod nodes;
mod pool;

pub(super) use nodes::{Nodes, unit_field};
pub(super) use pool::Pool;
