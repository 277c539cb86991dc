#![allow(clippy::unwrap_used, missing_docs, reason = "probe")]
use sobolev_solvers::fem::*;
use std::time::Instant;
fn main() {
    for n in std::env::args().skip(1).map(|a| a.parse::<usize>().unwrap()) {
        for (name, kind) in [("const", 0), ("thr", 1), ("1e4", 2), ("checker1e4", 3), ("rough", 4)] {
            let mut seed = 12345u64;
            let mut rnd = || { seed ^= seed << 13; seed ^= seed >> 7; seed ^= seed << 17; (seed >> 11) as f64 / (1u64 << 53) as f64 };
            let a: Vec<f64> = (0..n * n).map(|k| {
                let (y, x) = ((k / n) as f64 / n as f64, (k % n) as f64 / n as f64);
                let g = (9.0 * x + 3.0 * (5.0 * y).sin()).sin() + (7.0 * y - 4.0 * x * y).cos() - 0.2;
                match kind { 0 => 1.0, 1 => if g > 0.0 { 12.0 } else { 3.0 }, 2 => if g > 0.0 { 1e4 } else { 1.0 },
                    3 => if (k / n / 3 + k % n / 3) % 2 == 0 { 1e4 } else { 1.0 }, _ => (6.0 * (rnd() - 0.5)).exp() }
            }).collect();
            let mut s = EllipticSolver::new(n, n).unwrap();
            let mut u = vec![0.0; (n + 1) * (n + 1)];
            let mut best = f64::MAX;
            let mut rep = None;
            for _ in 0..5 { let t = Instant::now(); rep = Some(s.solve(Coefficient::Cells(&a), Load::Constant(1.0), None, &mut u)); best = best.min(t.elapsed().as_secs_f64()); }
            let mut v = u.clone();
            let t = Instant::now();
            let d = s.solve_direct(Coefficient::Cells(&a), Load::Constant(1.0), None, &mut v);
            let td = t.elapsed().as_secs_f64();
            let m = v.iter().fold(0.0f64, |m, v| m.max(v.abs()));
            let err = u.iter().zip(&v).fold(0.0f64, |m, (a, b)| m.max((a - b).abs())) / m;
            println!("{n} {name}: {:.3} ms {:?} direct {:.1} ms {:.1e} diff {err:.1e}", best * 1e3, rep.unwrap(), td * 1e3, d.unwrap().residual);
        }
    }
}
