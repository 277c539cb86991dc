//! sobolev-operators
