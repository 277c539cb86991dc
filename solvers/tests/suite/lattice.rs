//! The matrix-free stiffness of a lattice against a loop over elements.

use sobolev_solvers::time::{LatticeStiffness, WaveOperator};

fn noise(n: usize, seed: u64) -> Vec<f64> {
    sobolev_kernels::rng::normals(&mut sobolev_kernels::rng::stream(seed, 0), n)
}

/// Σ over cells of ∫ a ∇u·∇φ by the 2 x 2 Gauss rule, exact for bilinear functions.
fn reference([ny, nx]: [usize; 2], [hy, hx]: [f64; 2], a: &[f64], u: &[f64]) -> Vec<f64> {
    let gauss = [0.5 - 0.5 / 3f64.sqrt(), 0.5 + 0.5 / 3f64.sqrt()];
    let mut out = vec![0.0; u.len()];
    for j in 0..ny {
        for i in 0..nx {
            let nodes = [(0, 0), (0, 1), (1, 0), (1, 1)].map(|(y, x)| (j + y) * (nx + 1) + i + x);
            for eta in gauss {
                for xi in gauss {
                    let dx = [-(1.0 - eta), 1.0 - eta, -eta, eta].map(|g| g / hx);
                    let dy = [-(1.0 - xi), -xi, 1.0 - xi, xi].map(|g| g / hy);
                    let (mut ux, mut uy) = (0.0, 0.0);
                    for k in 0..4 {
                        ux += dx[k] * u[nodes[k]];
                        uy += dy[k] * u[nodes[k]];
                    }
                    for k in 0..4 {
                        out[nodes[k]] += 0.25 * hx * hy * a[j * nx + i] * (ux * dx[k] + uy * dy[k]);
                    }
                }
            }
        }
    }
    out
}

#[test]
fn equals_a_loop_over_elements() {
    for ([ny, nx], h) in [
        ([1, 1], [0.3, 0.7]),
        ([2, 5], [0.5, 0.5]),
        ([7, 3], [1.0, 0.2]),
        ([40, 33], [0.1, 0.15]),
        ([65, 64], [0.1, 0.1]),
    ] {
        let n = (ny + 1) * (nx + 1);
        let u = noise(n, 1);
        let cells: Vec<f64> = noise(ny * nx, 2).iter().map(|x| x.exp()).collect();
        let constant = LatticeStiffness::new([ny, nx], h, 1.7).unwrap();
        let variable = constant.clone().with_cells(cells.clone()).unwrap();
        let scaled: Vec<f64> = cells.iter().map(|a| 1.7 * a).collect();
        for (operator, a) in [(&constant, vec![1.7; ny * nx]), (&variable, scaled)] {
            let expected = reference([ny, nx], h, &a, &u);
            let mut out = vec![f64::NAN; n];
            operator.apply(&u, &mut out);
            let scale = expected.iter().fold(0.0f64, |m, x| m.max(x.abs()));
            for k in 0..n {
                assert!((out[k] - expected[k]).abs() < 1e-14 * scale, "{ny} x {nx}, node {k}");
            }
            let (beta, start) = (noise(n, 3), noise(n, 4));
            let (mut d, mut next) = (start.clone(), vec![f64::NAN; n]);
            operator.kick_drift(&beta, &u, &mut d, &mut next);
            for k in 0..n {
                let expected = start[k] - beta[k] * out[k];
                assert!(
                    (d[k] - expected).abs() < 1e-13 * scale && (next[k] - u[k] - d[k]).abs() < 1e-13 * scale
                );
            }
        }
    }
    assert!(LatticeStiffness::new([0, 3], [1.0, 1.0], 1.0).is_err());
    assert!(LatticeStiffness::new([2, 3], [1.0, 1.0], 1.0).unwrap().with_cells(vec![1.0, -1.0]).is_err());
}
