//! sobolev-datasets
