//! Matrices and vectors of finite element forms.
//!
//! | file | what |
//! |---|---|
//! | `field` | coefficients and sources: constant, by cell, by quadrature point, by node, or a function |
//! | `form` | the bilinear forms |
//! | `assembler` | the sparsity pattern of a space and its reuse |
//! | `adjacency`, `gather` | which element entries make which matrix entry |
//! | `geometry`, `affine`, `cell` | element matrices, with constant Jacobians and with quadrature |
//! | `sampling` | values of fields at quadrature points |
//! | `load`, `lumped` | right-hand sides and diagonal mass matrices |
//! | `facet` | the same on boundary facets: Robin, impedance, Neumann |

mod adjacency;
mod affine;
mod assembler;
mod cell;
mod facet;
mod field;
mod form;
mod gather;
mod geometry;
mod load;
mod lumped;
mod sampling;

pub use assembler::Assembler;
pub use field::{Field, FieldValue};
pub use form::Form;

pub(crate) use geometry::{CellMap, dot};

use std::ops::Mul;

use sobolev_kernels::Complex;

use crate::linear::Number;

/// An entry of an assembled matrix or vector: `f64` or `Complex<f64>`.
pub trait Value:
    Number + PartialEq + From<f64> + Mul<f64, Output = Self> + FieldValue<Entry = Self> + std::fmt::Debug
{
}

impl Value for f64 {}
impl Value for Complex<f64> {}
