//! Coefficients and sources.

use sobolev_kernels::Complex;

use super::Value;
use super::geometry::CellMap;
use crate::fem::Space;
use crate::fem::element::Table;
use crate::{Error, Result};

/// A function on the domain: a coefficient, a source, boundary data.
///
/// `V` is `f64`, `Complex<f64>`, an array of them (a vector), or an array of arrays (a tensor).
///
/// On boundary facets the same names hold for a list of facets: `Cells` is one value a facet of the list, `Points` one a facet and
/// quadrature point of the facet rule.
#[derive(Clone, Copy)]
pub enum Field<'a, V> {
    /// The same value everywhere.
    Constant(V),
    /// One value a cell, `[cell]`.
    Cells(&'a [V]),
    /// One value a quadrature point, `[cell, point]`, at [`Assembler::quadrature_points`](super::Assembler::quadrature_points).
    Points(&'a [V]),
    /// One value a node of the space, `[node]`, interpolated by its element.
    Nodes(&'a [V]),
    /// A function of the coordinates.
    Function(&'a (dyn Fn([f64; 3]) -> V + Sync)),
}

impl<V: std::fmt::Debug> std::fmt::Debug for Field<'_, V> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Constant(v) => f.debug_tuple("Constant").field(v).finish(),
            Self::Cells(v) => write!(f, "Cells([{} values])", v.len()),
            Self::Points(v) => write!(f, "Points([{} values])", v.len()),
            Self::Nodes(v) => write!(f, "Nodes([{} values])", v.len()),
            Self::Function(_) => f.write_str("Function"),
        }
    }
}

/// What a [`Field`] may hold: numbers, vectors and tensors of them.
pub trait FieldValue: Copy + Send + Sync {
    /// The number type.
    type Entry: Copy;
    /// How many numbers.
    const N: usize;
    /// All zero.
    fn zeros() -> Self;
    /// Adds `a` times `other`.
    fn add_scaled(&mut self, a: f64, other: &Self);
    /// Number `i`, the last index fastest.
    fn entry(&self, i: usize) -> Self::Entry;
    /// The first part of a number that is not finite.
    fn not_finite(&self) -> Option<f64>;
}

impl FieldValue for f64 {
    type Entry = Self;
    const N: usize = 1;
    fn zeros() -> Self {
        0.0
    }
    #[inline(always)]
    fn add_scaled(&mut self, a: f64, other: &Self) {
        *self += a * other;
    }
    #[inline(always)]
    fn entry(&self, _: usize) -> Self {
        *self
    }
    fn not_finite(&self) -> Option<f64> {
        (!self.is_finite()).then_some(*self)
    }
}

impl FieldValue for Complex<f64> {
    type Entry = Self;
    const N: usize = 1;
    fn zeros() -> Self {
        Self::new(0.0, 0.0)
    }
    #[inline(always)]
    fn add_scaled(&mut self, a: f64, other: &Self) {
        *self += *other * a;
    }
    #[inline(always)]
    fn entry(&self, _: usize) -> Self {
        *self
    }
    fn not_finite(&self) -> Option<f64> {
        self.re.not_finite().or_else(|| self.im.not_finite())
    }
}

impl<V: FieldValue, const M: usize> FieldValue for [V; M] {
    type Entry = V::Entry;
    const N: usize = M * V::N;
    fn zeros() -> Self {
        [V::zeros(); M]
    }
    #[inline(always)]
    fn add_scaled(&mut self, a: f64, other: &Self) {
        for (x, y) in self.iter_mut().zip(other) {
            x.add_scaled(a, y);
        }
    }
    #[inline(always)]
    fn entry(&self, i: usize) -> V::Entry {
        self[i / V::N].entry(i % V::N)
    }
    fn not_finite(&self) -> Option<f64> {
        self.iter().find_map(V::not_finite)
    }
}

/// The sizes that the arrays of a field must have.
pub(super) struct Sizes {
    /// Cells, or facets of a list.
    pub(super) cells: usize,
    /// Quadrature points in each.
    pub(super) points: usize,
    pub(super) nodes: usize,
}

impl<V: FieldValue> Field<'_, V> {
    /// Checks lengths and values at the door.
    pub(super) fn check(&self, name: &'static str, sizes: &Sizes) -> Result<()> {
        let (values, axes, expected): (&[V], _, _) = match self {
            Self::Constant(v) => (std::slice::from_ref(v), String::new(), 1),
            Self::Cells(v) => (v, format!("[cell] = [{}]", sizes.cells), sizes.cells),
            Self::Points(v) => {
                let axes = format!("[cell, point] = [{}, {}]", sizes.cells, sizes.points);
                (v, axes, sizes.cells * sizes.points)
            }
            Self::Nodes(v) => (v, format!("[node] = [{}]", sizes.nodes), sizes.nodes),
            Self::Function(_) => return Ok(()),
        };
        if values.len() != expected {
            return Err(Error::Length { name, axes, expected, found: values.len() });
        }
        match values.iter().enumerate().find_map(|(i, v)| Some((i, v.not_finite()?))) {
            Some((position, value)) => Err(Error::NotFinite { name, position, value }),
            None => Ok(()),
        }
    }

    /// The value in cell `c`, if it is the same in the whole cell whatever the mesh.
    #[inline(always)]
    pub(super) fn in_cell(&self, c: usize) -> Option<V> {
        match self {
            Self::Constant(v) => Some(*v),
            Self::Cells(v) => Some(v[c]),
            _ => None,
        }
    }
}

/// Values of a field at the points of a table in cell `c`.
#[inline]
pub(crate) fn sample<V: FieldValue>(
    field: &Field<'_, V>,
    space: &Space,
    table: &Table,
    map: &CellMap,
    c: usize,
    out: &mut [V],
) {
    match field {
        Field::Constant(v) => out.fill(*v),
        Field::Cells(v) => out.fill(v[c]),
        Field::Points(v) => out.copy_from_slice(&v[c * out.len()..][..out.len()]),
        Field::Nodes(v) => {
            for (q, out) in out.iter_mut().enumerate() {
                *out = V::zeros();
                for (node, phi) in space.cell_nodes(c).iter().zip(table.values(q)) {
                    out.add_scaled(*phi, &v[*node as usize]);
                }
            }
        }
        Field::Function(f) => {
            for (q, out) in out.iter_mut().enumerate() {
                *out = f(map.point(space.mesh(), c, q));
            }
        }
    }
}

/// The mean of values with weights that sum to one.
#[inline(always)]
pub(super) fn mean<T: Value>(values: &[T], weights: &[f64], total: f64) -> T {
    let sum = values.iter().zip(weights).fold(T::default(), |sum, (v, w)| sum + *v * *w);
    sum * (1.0 / total)
}
