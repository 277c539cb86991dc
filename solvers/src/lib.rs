//! sobolev-solvers
