//! Sparse matrices and the solvers of linear systems.
