//! Regular meshes of an interval, a rectangle, a cuboid.

use super::{CellKind, Group, Mesh, MeshParts};
use crate::{Error, Result};

/// The names of the ends of each axis; their tags are the places in this list, from 1.
const SIDES: [&str; 6] = ["left", "right", "bottom", "top", "back", "front"];

/// A box as one cell.
const WHOLE: [u8; 8] = [0, 1, 2, 3, 4, 5, 6, 7];

/// The two triangles of a square: its diagonal runs from (0, 0) to (1, 1).
const TRIANGLES: [[u8; 3]; 2] = [[0, 1, 2], [0, 2, 3]];

/// The six tetrahedra of a cube around its diagonal from (0, 0, 0) to (1, 1, 1): opposite faces are cut alike.
///
/// **Source.** H. W. Kuhn, IBM J. Res. Dev. 4 (1960), 518-524.
const TETRAHEDRA: [[u8; 4]; 6] =
    [[0, 1, 2, 6], [0, 2, 3, 6], [0, 3, 7, 6], [0, 7, 4, 6], [0, 4, 5, 6], [0, 5, 1, 6]];

/// Points and cells are numbered with x fastest, then y, then z.
impl Mesh {
    /// `n` equal intervals from `lo` to `hi`, with the boundaries `left` and `right`.
    ///
    /// # Errors
    /// [`Error::Config`] unless `n ≥ 1` and `lo < hi`, both finite.
    pub fn interval(n: usize, lo: f64, hi: f64) -> Result<Self> {
        structured(CellKind::Interval, [n, 0, 0], [lo, 0., 0.], [hi, 0., 0.])
    }

    /// `n = [nx, ny]` equal rectangles from the corner `lo` to the corner `hi`, each one quadrilateral or, cut along the diagonal from
    /// its lower left to its upper right corner, two triangles; with the boundaries `left`, `right`, `bottom`, `top`.
    ///
    /// # Errors
    /// [`Error::Config`] unless the kind is of dimension two, `n ≥ 1` and `lo < hi`, all finite.
    pub fn rectangle(kind: CellKind, n: [usize; 2], lo: [f64; 2], hi: [f64; 2]) -> Result<Self> {
        require(kind.dim() == 2, "kind", "Triangle or Quadrilateral", kind)?;
        structured(kind, [n[0], n[1], 0], [lo[0], lo[1], 0.], [hi[0], hi[1], 0.])
    }

    /// `n = [nx, ny, nz]` equal boxes from the corner `lo` to the corner `hi`, each one hexahedron or six tetrahedra around its diagonal;
    /// with the boundaries `left`, `right` (ends of x), `bottom`, `top` (of y), `back`, `front` (of z).
    ///
    /// # Errors
    /// [`Error::Config`] unless the kind is of dimension three, `n ≥ 1` and `lo < hi`, all finite.
    pub fn cuboid(kind: CellKind, n: [usize; 3], lo: [f64; 3], hi: [f64; 3]) -> Result<Self> {
        require(kind.dim() == 3, "kind", "Tetrahedron or Hexahedron", kind)?;
        structured(kind, n, lo, hi)
    }
}

fn structured(kind: CellKind, n: [usize; 3], lo: [f64; 3], hi: [f64; 3]) -> Result<Mesh> {
    for axis in 0..kind.dim() {
        require(n[axis] >= 1, "n", "at least 1 on every axis", n)?;
        let (lo, hi) = (lo[axis], hi[axis]);
        require(lo.is_finite() && hi.is_finite() && lo < hi, "lo", "finite and below `hi`", (lo, hi))?;
    }
    let count = |add: usize| {
        n.iter()
            .zip(0..kind.dim())
            .try_fold(1usize, |product, (&n, _)| product.checked_mul(n.checked_add(add)?))
    };
    let fits = count(1).is_some_and(|points| points < (u32::MAX / 40) as usize);
    require(fits, "n", "small enough that 32 bits number the sides of the cells", n)?;

    let stride = [1, n[0] + 1, (n[0] + 1) * (n[1] + 1)];
    let points = each(n.map(|n| n + 1), |at| {
        std::array::from_fn(|axis| match n[axis] {
            0 => 0.,
            n if at[axis] == n => hi[axis],
            n => lo[axis] + (hi[axis] - lo[axis]) * (at[axis] as f64 / n as f64),
        })
    });
    let corners = match kind.dim() {
        1 => CellKind::Interval,
        2 => CellKind::Quadrilateral,
        _ => CellKind::Hexahedron,
    }
    .reference_vertices();
    let mut cells = Vec::new();
    for first in each(n.map(|n| n.max(1)), |at| at.iter().zip(stride).map(|(i, s)| i * s).sum::<usize>()) {
        let mut corner = [0; 8];
        for (corner, x) in corner.iter_mut().zip(corners) {
            *corner = (first + x.iter().zip(stride).map(|(&x, s)| x as usize * s).sum::<usize>()) as u32;
        }
        let table = match kind {
            CellKind::Triangle => TRIANGLES.as_flattened(),
            CellKind::Tetrahedron => TETRAHEDRA.as_flattened(),
            _ => &WHOLE[..kind.n_vertices()],
        };
        cells.extend(table.iter().map(|&v| corner[v as usize]));
    }
    let mesh = Mesh::new(MeshParts::new(kind, points, cells))?;
    Ok(with_sides(mesh, n, stride))
}

/// Values of `f` over a grid of indices, the first one fastest.
fn each<T>(n: [usize; 3], f: impl Fn([usize; 3]) -> T) -> Vec<T> {
    let mut values = Vec::with_capacity(n.iter().product());
    for k in 0..n[2] {
        for j in 0..n[1] {
            for i in 0..n[0] {
                values.push(f([i, j, k]));
            }
        }
    }
    values
}

/// Names the sides by the grid indices of their vertices, which have no rounding.
fn with_sides(mesh: Mesh, n: [usize; 3], stride: [usize; 3]) -> Mesh {
    let dim = mesh.dim();
    let name = |(i, name): (usize, &&str)| Group { name: (*name).to_owned(), tags: vec![i as u32 + 1] };
    let names = SIDES[..2 * dim].iter().enumerate().map(name).collect();
    mesh.with_boundaries(names, |vertices| {
        let on = |axis: usize, end: usize| {
            vertices.iter().all(|&v| v as usize / stride[axis] % (n[axis] + 1) == end)
        };
        let side = (0..2 * dim).find(|side| on(side / 2, if side % 2 == 0 { 0 } else { n[side / 2] }));
        side.map_or(0, |side| side as u32 + 1)
    })
}

fn require(
    holds: bool,
    field: &'static str,
    expected: &'static str,
    value: impl std::fmt::Debug,
) -> Result<()> {
    match holds {
        true => Ok(()),
        false => Err(Error::Config { field, expected, value: format!("{value:?}") }),
    }
}
