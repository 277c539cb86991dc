//! Which cell a point is in, and where in it.

use std::sync::Arc;

use super::geometry::determinant;
use super::{CellGeometry, CellKind, Mesh};

/// How far outside its reference cell a point may lie, in reference coordinates, and still be in the cell: rounding at common sides.
const SLACK: f64 = 1e-9;

/// A point in a cell.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Location {
    /// The cell.
    pub cell: u32,
    /// Reference coordinates, see [`CellKind`].
    pub reference: [f64; 3],
}

impl Location {
    /// The value at this point of a field given at the vertices of the mesh, linear or multilinear in the cell.
    ///
    /// # Panics
    /// If `values` is shorter than the points of the mesh.
    #[must_use]
    pub fn interpolate(&self, mesh: &Mesh, values: &[f64]) -> f64 {
        let shape = mesh.kind().shape(self.reference);
        mesh.cell(self.cell as usize).iter().zip(shape).map(|(&v, n)| n * values[v as usize]).sum()
    }
}

/// Finds the cells of points: cells are listed in the bins of a uniform grid, about one bin a cell.
///
/// A point on a common side belongs to the cell with the smallest number. In multilinear cells the reference coordinates come from
/// Newton's method, which is exact in one step on parallelograms.
///
/// ```
/// use std::sync::Arc;
/// use sobolev_solvers::mesh::{CellKind, Locator, Mesh};
/// let mesh = Arc::new(Mesh::rectangle(CellKind::Triangle, [4, 4], [0.; 2], [1.; 2])?);
/// let locator = Locator::new(mesh.clone());
/// let f: Vec<f64> = mesh.points().iter().map(|x| 2. * x[0] + x[1]).collect();
/// let found = locator.locate([0.3, 0.6, 0.]).map(|at| at.interpolate(&mesh, &f));
/// assert!(found.is_some_and(|value| (value - 1.2).abs() < 1e-14));
/// assert_eq!(locator.locate([1.3, 0.6, 0.]), None);
/// # Ok::<(), sobolev_solvers::Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct Locator {
    mesh: Arc<Mesh>,
    lo: [f64; 3],
    /// Bins per length; 0 along axes beyond the dimension.
    scale: [f64; 3],
    bins: [usize; 3],
    start: Vec<u32>,
    cells: Vec<u32>,
}

impl Locator {
    /// Sorts the cells into bins.
    #[must_use]
    pub fn new(mesh: Arc<Mesh>) -> Self {
        let [lo, hi] = bounds(&mesh);
        let dim = mesh.dim();
        let volume: f64 = (0..dim).map(|axis| hi[axis] - lo[axis]).product();
        let size = (volume / mesh.n_cells() as f64).powf(1. / dim as f64);
        let mut bins = [1; 3];
        let mut scale = [0.; 3];
        for axis in 0..dim {
            // A thin domain must not get more bins than its cells are worth.
            let extent = hi[axis] - lo[axis];
            bins[axis] = ((extent / size) as usize).clamp(1, mesh.n_cells());
            scale[axis] = bins[axis] as f64 / extent;
        }
        while bins.iter().product::<usize>() > 4 * mesh.n_cells() + 64 {
            for axis in 0..dim {
                bins[axis] = bins[axis].div_ceil(2);
                scale[axis] = bins[axis] as f64 / (hi[axis] - lo[axis]);
            }
        }
        let mut locator = Self { mesh, lo, scale, bins, start: Vec::new(), cells: Vec::new() };
        locator.fill();
        locator
    }

    /// A counting sort of the cells into the bins that their boxes touch.
    fn fill(&mut self) {
        let mut start = vec![0u32; self.bins.iter().product::<usize>() + 1];
        for c in 0..self.mesh.n_cells() {
            self.each_bin(c, |bin| start[bin + 1] += 1);
        }
        for bin in 1..start.len() {
            start[bin] += start[bin - 1];
        }
        let mut next = start.clone();
        let mut cells = vec![0; start.last().copied().unwrap_or(0) as usize];
        for c in 0..self.mesh.n_cells() {
            self.each_bin(c, |bin| {
                cells[next[bin] as usize] = c as u32;
                next[bin] += 1;
            });
        }
        (self.start, self.cells) = (start, cells);
    }

    fn each_bin(&self, c: usize, mut visit: impl FnMut(usize)) {
        let [lo, hi] = grown(self.mesh.geometry(c).bounding_box());
        let (first, last) = (self.bin(lo), self.bin(hi));
        for k in first[2]..=last[2] {
            for j in first[1]..=last[1] {
                for i in first[0]..=last[0] {
                    visit(self.flat([i, j, k]));
                }
            }
        }
    }

    /// The bin of a point; of one outside, the nearest.
    fn bin(&self, x: [f64; 3]) -> [usize; 3] {
        // The conversion saturates: negative numbers become 0.
        std::array::from_fn(|axis| {
            (((x[axis] - self.lo[axis]) * self.scale[axis]) as usize).min(self.bins[axis] - 1)
        })
    }

    const fn flat(&self, [i, j, k]: [usize; 3]) -> usize {
        i + self.bins[0] * (j + self.bins[1] * k)
    }

    /// The mesh.
    #[must_use]
    pub const fn mesh(&self) -> &Arc<Mesh> {
        &self.mesh
    }

    /// The cell that holds `x`, or `None` outside the mesh. Coordinates beyond the dimension are not looked at.
    #[must_use]
    pub fn locate(&self, x: [f64; 3]) -> Option<Location> {
        let dim = self.mesh.dim();
        self.candidates(x).iter().find_map(|&cell| {
            let geometry = self.mesh.geometry(cell as usize);
            let [lo, hi] = grown(geometry.bounding_box());
            let near = (0..dim).all(|axis| lo[axis] <= x[axis] && x[axis] <= hi[axis]);
            let reference = near.then(|| invert(self.mesh.kind(), &geometry, x)).flatten()?;
            (excess(self.mesh.kind(), reference) <= SLACK).then_some(Location { cell, reference })
        })
    }

    fn candidates(&self, x: [f64; 3]) -> &[u32] {
        let bin = self.flat(self.bin(x));
        &self.cells[self.start[bin] as usize..self.start[bin + 1] as usize]
    }

    /// The cell that holds `x`, or else the point of the mesh's cells nearest to `x`, if that is no further than `reach`.
    ///
    /// For grid points that straight sides leave just outside a curved domain. Near means in the Euclidean distance to the corner-wise
    /// clamped image in a cell: exact for boxes and close to it for other shapes, so `reach` should be small against the cells' sizes.
    #[must_use]
    pub fn locate_near(&self, x: [f64; 3], reach: f64) -> Option<Location> {
        if let Some(found) = self.locate(x) {
            return Some(found);
        }
        let dim = self.mesh.dim();
        let kind = self.mesh.kind();
        let (first, last) = (self.bin(x.map(|x| x - reach)), self.bin(x.map(|x| x + reach)));
        let mut best: Option<(f64, Location)> = None;
        for k in first[2]..=last[2] {
            for j in first[1]..=last[1] {
                let row = self.start[self.flat([first[0], j, k])] as usize
                    ..self.start[self.flat([last[0], j, k]) + 1] as usize;
                for &cell in &self.cells[row] {
                    let geometry = self.mesh.geometry(cell as usize);
                    let [lo, hi] = geometry.bounding_box();
                    if (0..dim).any(|axis| x[axis] < lo[axis] - reach || x[axis] > hi[axis] + reach) {
                        continue;
                    }
                    let Some(outside) = invert(kind, &geometry, x) else { continue };
                    let reference = clamped(kind, outside);
                    let image = geometry.map(reference);
                    let distance = (0..dim).map(|axis| (image[axis] - x[axis]).powi(2)).sum::<f64>().sqrt();
                    let rank = (distance, cell);
                    if distance <= reach && best.is_none_or(|(d, l)| rank < (d, l.cell)) {
                        best = Some((distance, Location { cell, reference }));
                    }
                }
            }
        }
        best.map(|(_, location)| location)
    }
}

fn bounds(mesh: &Mesh) -> [[f64; 3]; 2] {
    let mut bounds = [[f64::INFINITY; 3], [f64::NEG_INFINITY; 3]];
    for x in mesh.points() {
        for axis in 0..3 {
            bounds[0][axis] = bounds[0][axis].min(x[axis]);
            bounds[1][axis] = bounds[1][axis].max(x[axis]);
        }
    }
    bounds
}

/// A box with room for [`SLACK`].
fn grown([lo, hi]: [[f64; 3]; 2]) -> [[f64; 3]; 2] {
    let room: [f64; 3] = std::array::from_fn(|axis| 2. * SLACK * (hi[axis] - lo[axis]));
    [std::array::from_fn(|i| lo[i] - room[i]), std::array::from_fn(|i| hi[i] + room[i])]
}

/// How far reference coordinates lie outside the reference cell, at most 0 inside.
fn excess(kind: CellKind, xi: [f64; 3]) -> f64 {
    let axes = &xi[..kind.dim()];
    let below = axes.iter().fold(f64::NEG_INFINITY, |worst, &v| worst.max(-v));
    let above = match kind.is_simplex() {
        true => axes.iter().sum::<f64>() - 1.,
        false => axes.iter().fold(f64::NEG_INFINITY, |worst, &v| worst.max(v - 1.)),
    };
    below.max(above)
}

/// The nearest point of the reference cell.
fn clamped(kind: CellKind, mut xi: [f64; 3]) -> [f64; 3] {
    let axes = &mut xi[..kind.dim()];
    if !kind.is_simplex() {
        axes.iter_mut().for_each(|v| *v = v.clamp(0., 1.));
        return xi;
    }
    let positive: f64 = axes.iter().map(|v| v.max(0.)).sum();
    if positive <= 1. {
        axes.iter_mut().for_each(|v| *v = v.max(0.));
        return xi;
    }
    // Projection onto the face where the coordinates add up to one: all are lowered alike, and none below 0.
    let mut descending = axes.to_vec();
    descending.sort_unstable_by(|a, b| b.total_cmp(a));
    let mut lowered = 0.;
    let mut sum = 0.;
    for (n, v) in descending.iter().enumerate() {
        sum += v;
        let shift = (sum - 1.) / (n + 1) as f64;
        if v - shift > 0. {
            lowered = shift;
        }
    }
    axes.iter_mut().for_each(|v| *v = (*v - lowered).max(0.));
    xi
}

/// Reference coordinates of `x` by Newton's method from the centre; the map of a simplex is affine, so that one step is exact.
/// `None` where the iteration leaves the region in which the map is one to one.
fn invert(kind: CellKind, geometry: &CellGeometry, x: [f64; 3]) -> Option<[f64; 3]> {
    let steps = if kind.is_simplex() { 1 } else { 30 };
    let dim = kind.dim();
    let mut xi = [0.; 3];
    xi[..dim].fill(if kind.is_simplex() { 0. } else { 0.5 });
    for _ in 0..steps {
        let image = geometry.map(xi);
        let residual: [f64; 3] = std::array::from_fn(|i| if i < dim { x[i] - image[i] } else { 0. });
        let step = solve(&geometry.jacobian(xi), residual)?;
        let size = step.iter().fold(0f64, |size, v| size.max(v.abs()));
        // A long step from afar would overshoot on strongly bent cells.
        let factor = if kind.is_simplex() || size <= 1. { 1. } else { 1. / size };
        for axis in 0..dim {
            xi[axis] += factor * step[axis];
        }
        if kind.is_simplex() || size < 1e-14 {
            return Some(xi);
        }
        if excess(kind, xi) > 4. {
            return None;
        }
    }
    // Rounding can keep the last digits moving.
    let image = geometry.map(xi);
    let [lo, hi] = geometry.bounding_box();
    let close = |axis: usize| (x[axis] - image[axis]).abs() <= 1e-12 * (hi[axis] - lo[axis]);
    (0..dim).all(close).then_some(xi)
}

/// Cramer's rule.
fn solve(j: &[[f64; 3]; 3], b: [f64; 3]) -> Option<[f64; 3]> {
    let det = determinant(j);
    if det == 0. || !det.is_finite() {
        return None;
    }
    Some(std::array::from_fn(|column| {
        let mut replaced = *j;
        for row in 0..3 {
            replaced[row][column] = b[row];
        }
        determinant(&replaced) / det
    }))
}
