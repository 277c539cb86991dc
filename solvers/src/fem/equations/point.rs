//! The basis functions at a point.

use crate::fem::Space;
use crate::mesh::{CellGeometry, CellKind};
use crate::{Error, Result};

/// The degrees of freedom whose basis functions don't vanish at `x`, and their values there.
pub(super) fn basis_at(space: &Space, x: [f64; 3]) -> Result<(Vec<usize>, Vec<f64>)> {
    let mesh = space.mesh();
    let dim = space.dim();
    for c in 0..mesh.n_cells() {
        let geometry = mesh.geometry(c);
        let [lo, hi] = geometry.bounding_box();
        let margin = 1e-9 * (0..dim).map(|k| hi[k] - lo[k]).fold(0.0, f64::max);
        if (0..dim).any(|k| x[k] < lo[k] - margin || x[k] > hi[k] + margin) {
            continue;
        }
        if let Some(xi) = pull_back(&geometry, x, dim).filter(|xi| is_inside(mesh.kind(), *xi)) {
            let values = space.element().values(mesh.kind(), xi)?;
            let dofs = space.cell_nodes(c).iter().map(|&node| node as usize);
            return Ok(dofs.zip(values).filter(|(_, v)| v.abs() > 1e-14).unzip());
        }
    }
    Err(Error::Config { field: "point", expected: "inside the mesh", value: format!("{:?}", &x[..dim]) })
}

/// Newton's iteration for x(ξ) = x; one step is exact on simplices.
fn pull_back(geometry: &CellGeometry, x: [f64; 3], dim: usize) -> Option<[f64; 3]> {
    let mut xi = [0.5; 3];
    xi[dim..].fill(0.0);
    for _ in 0..20 {
        let at = geometry.map(xi);
        let defect: [f64; 3] = std::array::from_fn(|k| x[k] - at[k]);
        let step = solve(&geometry.jacobian(xi), defect, dim)?;
        (0..dim).for_each(|k| xi[k] += step[k]);
        if step[..dim].iter().all(|s| s.abs() < 1e-13) {
            break;
        }
    }
    Some(xi)
}

/// J s = r by Gaussian elimination with pivoting, in the leading `dim` rows.
fn solve(jacobian: &[[f64; 3]; 3], mut r: [f64; 3], dim: usize) -> Option<[f64; 3]> {
    let mut a = *jacobian;
    for k in 0..dim {
        let pivot = (k..dim).max_by(|&i, &j| a[i][k].abs().total_cmp(&a[j][k].abs()))?;
        if a[pivot][k] == 0.0 {
            return None;
        }
        a.swap(k, pivot);
        r.swap(k, pivot);
        for i in k + 1..dim {
            let factor = a[i][k] / a[k][k];
            for j in k..dim {
                a[i][j] -= factor * a[k][j];
            }
            r[i] -= factor * r[k];
        }
    }
    for k in (0..dim).rev() {
        let known: f64 = (k + 1..dim).map(|j| a[k][j] * r[j]).sum();
        r[k] = (r[k] - known) / a[k][k];
    }
    Some(r)
}

fn is_inside(kind: CellKind, xi: [f64; 3]) -> bool {
    const TOLERANCE: f64 = 1e-9;
    let in_box = xi[..kind.dim()].iter().all(|&t| (-TOLERANCE..=1.0 + TOLERANCE).contains(&t));
    match kind {
        CellKind::Triangle | CellKind::Tetrahedron => {
            in_box && xi[..kind.dim()].iter().sum::<f64>() <= 1.0 + TOLERANCE
        }
        CellKind::Interval | CellKind::Quadrilateral | CellKind::Hexahedron => in_box,
    }
}
