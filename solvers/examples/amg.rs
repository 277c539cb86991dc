//! Setup and solution times of the algebraic multigrid, a JSON line: `cargo run --release -p sobolev-solvers --example amg [N [FILE.mtx]]`.
//!
//! −Δu = 1 on the unit square, u = 0 on the boundary, by linear elements on N x N cells with moved vertices and random diagonals;
//! conjugate gradients to 1e-10; best of seven. The system is saved in Matrix Market's format if a file is named: the right-hand side of
//! FILE.mtx as FILE.rhs.mtx.

use std::path::Path;
use std::time::Instant;

use rand::RngExt;
use sobolev_kernels::rng::stream;
use sobolev_solvers::linear::{AmgOptions, Csr, KrylovOptions, SmoothedAggregation, cg};

/// The stiffness matrix of the interior vertices, and the load of f = 1.
fn poisson(n: usize) -> sobolev_solvers::Result<(Csr<f64>, Vec<f64>)> {
    let mut rng = stream(0, n as u64);
    let mut moved = |k: usize| {
        let shift = if k == 0 || k == n { 0.0 } else { rng.random_range(-0.25..0.25) };
        (k as f64 + shift) / n as f64
    };
    let points: Vec<[f64; 2]> =
        (0..(n + 1) * (n + 1)).map(|k| [moved(k % (n + 1)), moved(k / (n + 1))]).collect();
    let unknown = |k: usize| {
        let (j, i) = (k / (n + 1), k % (n + 1));
        (j > 0 && i > 0 && j < n && i < n).then(|| (j - 1) * (n - 1) + i - 1)
    };
    let (mut entries, mut load) = (Vec::new(), vec![0.0; (n - 1) * (n - 1)]);
    for cell in 0..n * n {
        let a = cell / n * (n + 1) + cell % n;
        let [a, b, c, d] = [a, a + 1, a + n + 1, a + n + 2];
        let halves = if rng.random::<bool>() { [[a, b, d], [a, d, c]] } else { [[a, b, c], [b, d, c]] };
        for vertices in halves {
            let p = vertices.map(|v| points[v]);
            let edge = [0, 1, 2]
                .map(|k| [p[(k + 2) % 3][0] - p[(k + 1) % 3][0], p[(k + 2) % 3][1] - p[(k + 1) % 3][1]]);
            let area = 0.5 * (edge[2][0] * edge[0][1] - edge[2][1] * edge[0][0]);
            for k in 0..3 {
                let Some(row) = unknown(vertices[k]) else { continue };
                load[row] += area / 3.0;
                for l in 0..3 {
                    let value = (edge[k][0] * edge[l][0] + edge[k][1] * edge[l][1]) / (4.0 * area);
                    entries.extend(unknown(vertices[l]).map(|column| (row, column, value)));
                }
            }
        }
    }
    Ok((Csr::from_triplets(load.len(), load.len(), &entries)?, load))
}

fn write(path: &Path, a: &Csr<f64>, b: &[f64]) -> std::io::Result<()> {
    let mut text =
        format!("%%MatrixMarket matrix coordinate real general\n{0} {0} {1}\n", a.n_rows(), a.values().len());
    for row in 0..a.n_rows() {
        for (column, value) in a.row(row).0.iter().zip(a.row(row).1) {
            text += &format!("{} {} {value:e}\n", row + 1, column + 1);
        }
    }
    std::fs::write(path, text)?;
    let mut text = format!("%%MatrixMarket matrix array real general\n{} 1\n", b.len());
    b.iter().for_each(|value| text += &format!("{value:e}\n"));
    std::fs::write(path.with_extension("rhs.mtx"), text)
}

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let args: Vec<String> = std::env::args().skip(1).collect();
    let n = args.first().map_or(Ok(256), |n| n.parse())?;
    let (a, b) = poisson(n)?;
    if let Some(path) = args.get(1) {
        write(Path::new(path), &a, &b)?;
    }
    let (mut setup, mut solve, mut line) = (f64::INFINITY, f64::INFINITY, String::new());
    for _ in 0..7 {
        let (start, mut x) = (Instant::now(), vec![0.0; b.len()]);
        let amg = SmoothedAggregation::new(&a, &AmgOptions::default())?;
        setup = setup.min(start.elapsed().as_secs_f64());
        let start = Instant::now();
        let report = cg(&a, &amg, &b, &mut x, &KrylovOptions::default())?;
        solve = solve.min(start.elapsed().as_secs_f64());
        line = format!(
            "\"unknowns\": {}, \"setup_seconds\": {setup:.6}, \"solve_seconds\": {solve:.6}, \"iterations\": {}, \"residual\": {:.3e}",
            b.len(),
            report.iterations,
            report.residual
        );
    }
    println!("{{{line}, \"threads\": {}}}", rayon::current_num_threads());
    Ok(())
}
