//! Exponential Runge-Kutta methods.
//!
//! **Source.** Cox & Matthews, *J. Comput. Phys.* 176 (2002), 430, <https://doi.org/10.1006/jcph.2002.6995>; Krogstad, *J. Comput.
//! Phys.* 203 (2005), 72, <https://doi.org/10.1016/j.jcp.2004.08.006>; Lawson, *SIAM J. Numer. Anal.* 4 (1967), 372,
//! <https://doi.org/10.1137/0704033>; the error estimate: Whalen, Brio & Moloney, *J. Comput. Phys.* 280 (2015), 579,
//! <https://doi.org/10.1016/j.jcp.2014.09.038>.

use sobolev_kernels::Complex;

use super::phi::phi;
use super::{Row, trees};

/// `weight · exp(shift z) φ_k(at z)`.
#[derive(Clone, Copy)]
pub(super) struct Term {
    weight: f64,
    k: usize,
    at: f64,
    shift: f64,
}

/// A coefficient: a sum of terms.
type Entry = Vec<Term>;

/// The tableau. Stage i is `exp(c_i z) u + h Σ a_ij(z) N_j`.
pub(in crate::spectral) struct Exponential {
    pub(super) nodes: Vec<f64>,
    /// Rows of stages 1.., then of the new value.
    rows: Vec<Vec<Entry>>,
    /// The error estimate, with the entry of the new value last.
    error: Option<Vec<Entry>>,
    /// Whether rows sum to c φ_1(c z), so that equilibria of the equation are fixed points; integrating factors do not.
    consistent: bool,
}

/// `Σ weight φ_k(at z)`.
fn at(at: f64, terms: &[(f64, usize)]) -> Entry {
    terms.iter().map(|&(weight, k)| Term { weight, k, at, shift: 0.0 }).collect()
}

/// `weight exp(shift z)`.
fn factor(weight: f64, shift: f64) -> Entry {
    vec![Term { weight, k: 0, at: 0.0, shift }]
}

/// The fourth-order weights that Cox & Matthews and Krogstad share (eq. 29 of the former).
fn weights4() -> Vec<Entry> {
    let middle = at(1.0, &[(2.0, 2), (-4.0, 3)]);
    let last = at(1.0, &[(-1.0, 2), (4.0, 3)]);
    vec![at(1.0, &[(1.0, 1), (-3.0, 2), (4.0, 3)]), middle.clone(), middle, last]
}

impl Exponential {
    fn new(nodes: &[f64], rows: Vec<Vec<Entry>>) -> Self {
        Self { nodes: nodes.to_vec(), rows, error: None, consistent: true }
    }

    pub(super) fn etd1() -> Self {
        Self::new(&[0.0], vec![vec![at(1.0, &[(1.0, 1)])]])
    }

    pub(super) fn etd2rk() -> Self {
        let weights = vec![at(1.0, &[(1.0, 1), (-1.0, 2)]), at(1.0, &[(1.0, 2)])];
        Self::new(&[0.0, 1.0], vec![vec![at(1.0, &[(1.0, 1)])], weights])
    }

    pub(super) fn etd3rk() -> Self {
        let weights = vec![
            at(1.0, &[(1.0, 1), (-3.0, 2), (4.0, 3)]),
            at(1.0, &[(4.0, 2), (-8.0, 3)]),
            at(1.0, &[(-1.0, 2), (4.0, 3)]),
        ];
        let stages = [vec![at(0.5, &[(0.5, 1)])], vec![at(1.0, &[(-1.0, 1)]), at(1.0, &[(2.0, 1)])]];
        Self::new(&[0.0, 0.5, 1.0], stages.into_iter().chain([weights]).collect())
    }

    pub(super) fn etdrk4() -> Self {
        // c = exp(z/2) a + φ1(z/2)/2 (2 N(b) - N(u)), with a = exp(z/2) u + φ1(z/2)/2 N(u) put in.
        let first = vec![
            Term { weight: 0.5, k: 1, at: 0.5, shift: 0.5 },
            Term { weight: -0.5, k: 1, at: 0.5, shift: 0.0 },
        ];
        let stages = [
            vec![at(0.5, &[(0.5, 1)])],
            vec![vec![], at(0.5, &[(0.5, 1)])],
            vec![first, vec![], at(0.5, &[(1.0, 1)])],
        ];
        Self::new(&[0.0, 0.5, 0.5, 1.0], stages.into_iter().chain([weights4()]).collect())
    }

    pub(super) fn krogstad4() -> Self {
        let stages = [
            vec![at(0.5, &[(0.5, 1)])],
            vec![at(0.5, &[(0.5, 1), (-1.0, 2)]), at(0.5, &[(1.0, 2)])],
            vec![at(1.0, &[(1.0, 1), (-2.0, 2)]), vec![], at(1.0, &[(2.0, 2)])],
        ];
        let mut method = Self::new(&[0.0, 0.5, 0.5, 1.0], stages.into_iter().chain([weights4()]).collect());
        // The third-order solution takes N at the new value for N of the last stage.
        let last = at(1.0, &[(-1.0, 2), (4.0, 3)]);
        let minus = at(1.0, &[(1.0, 2), (-4.0, 3)]);
        method.error = Some(vec![vec![], vec![], vec![], last, minus]);
        method
    }

    pub(super) fn ifrk4() -> Self {
        let rows = vec![
            vec![factor(0.5, 0.5)],
            vec![vec![], factor(0.5, 0.0)],
            vec![vec![], vec![], factor(1.0, 0.5)],
            vec![
                factor(1.0 / 6.0, 1.0),
                factor(1.0 / 3.0, 0.5),
                factor(1.0 / 3.0, 0.5),
                factor(1.0 / 6.0, 0.0),
            ],
        ];
        Self { consistent: false, ..Self::new(&[0.0, 0.5, 0.5, 1.0], rows) }
    }

    /// c of a row: the new value stands at 1.
    fn node(&self, row: usize) -> f64 {
        self.nodes.get(row + 1).copied().unwrap_or(1.0)
    }

    pub(super) fn rows(&self, z: Complex<f64>) -> Vec<Row> {
        // Nodes are 0, 1/2 and 1: two evaluations of the contour serve all entries.
        let values = [phi(0.5 * z), phi(z)];
        let evaluate = |entry: &Entry| -> Complex<f64> {
            let term = |t: &Term| {
                let value =
                    if t.k == 0 { Complex::new(1.0, 0.0) } else { values[usize::from(t.at > 0.75)][t.k] };
                let shift = if t.shift == 0.0 { Complex::new(1.0, 0.0) } else { (t.shift * z).exp() };
                t.weight * shift * value
            };
            entry.iter().map(term).sum()
        };
        let mut rows: Vec<Row> = self
            .rows
            .iter()
            .enumerate()
            .map(|(i, row)| Row { own: (self.node(i) * z).exp(), terms: row.iter().map(evaluate).collect() })
            .collect();
        if let Some(error) = &self.error {
            let terms = error.iter().map(evaluate).collect();
            rows.push(Row { own: Complex::new(0.0, 0.0), terms });
        }
        rows
    }

    /// The largest defect: of the order conditions at z = 0, of the row sums at three places, of the error estimate's order.
    pub(super) fn defect(&self, order: usize) -> f64 {
        let s = self.nodes.len();
        let real = |row: &Row, len: usize| -> Vec<f64> {
            (0..len).map(|j| row.terms.get(j).map_or(0.0, |t| t.re)).collect()
        };
        let rows = self.rows(Complex::new(0.0, 0.0));
        let mut a = vec![vec![0.0; s]];
        a.extend(rows[..s - 1].iter().map(|row| real(row, s)));
        let b = real(&rows[s - 1], s);
        let mut defect = trees::defect(&[&a], &b, order).max(trees::row_defect(&a, &self.nodes));
        if self.error.is_some() {
            // The tableau with the new value as a further stage, and the embedded weights.
            let mut wide: Vec<Vec<f64>> = a.iter().map(|row| [row.as_slice(), &[0.0]].concat()).collect();
            wide.push([b.as_slice(), &[0.0]].concat());
            let error = real(&rows[s], s + 1);
            let embedded: Vec<f64> = (0..=s).map(|j| b.get(j).copied().unwrap_or(0.0) - error[j]).collect();
            defect = defect.max(trees::defect(&[&wide], &embedded, order - 1));
        }
        if self.consistent {
            for z in [Complex::new(-0.7, 0.0), Complex::new(-30.0, 0.0), Complex::new(-0.3, 4.0)] {
                for (i, row) in self.rows(z).iter().take(s).enumerate() {
                    let c = self.node(i);
                    let sum: Complex<f64> = row.terms.iter().sum();
                    defect = defect.max((sum - c * phi(c * z)[1]).norm());
                }
            }
        }
        defect
    }
}
