//! What the problems that finite elements solve on the unit square have in common: nodes, and random fields at them.

mod nodes;

pub(super) use nodes::{Nodes, unit_field};
