//! Coefficients of singly diagonally implicit Runge-Kutta methods, and the conditions they must meet.

use crate::{Error, Result};

/// A singly diagonally implicit Runge-Kutta method with an embedded one, as checked data.
///
/// ```math
/// (M + \gamma \Delta t K) k_i = f(t_n + c_i \Delta t) - K \Bigl(u_n + \Delta t \sum_{j<i} a_{ij} k_j\Bigr),
/// \qquad u_{n+1} = u_n + \Delta t \sum_i b_i k_i
/// ```
///
/// All diagonal entries are γ: one factorisation serves every stage. The methods here end on their last stage (`b` is the last row
/// of `a`), hence are L-stable where they are A-stable. The stage order is 1: with data that are not smooth in time at the boundary
/// the order on fine meshes falls below the classical one.
#[derive(Clone, Debug, PartialEq)]
pub struct Sdirk {
    pub(super) name: &'static str,
    pub(super) a: Vec<Vec<f64>>,
    pub(super) b: Vec<f64>,
    pub(super) c: Vec<f64>,
    pub(super) embedded: Vec<f64>,
    pub(super) order: usize,
    pub(super) embedded_order: usize,
}

impl Sdirk {
    /// Two stages, order 2(1), γ = 1 − 1/√2.
    ///
    /// **Source.** R. Alexander, *Diagonally implicit Runge-Kutta methods for stiff O.D.E.'s*, SIAM J. Numer. Anal. 14 (1977),
    /// theorem 5. The embedded method of order 1 takes the first stage alone.
    pub fn order2() -> Self {
        let g = 1.0 - std::f64::consts::FRAC_1_SQRT_2;
        Self {
            name: "SDIRK2",
            a: vec![vec![g], vec![1.0 - g, g]],
            b: vec![1.0 - g, g],
            c: vec![g, 1.0],
            embedded: vec![1.0, 0.0],
            order: 2,
            embedded_order: 1,
        }
    }

    /// Three stages, order 3(2), γ ≈ 0.4359, the root of x³ − 3x² + 3x/2 = 1/6 in (1/6, 1/2).
    ///
    /// **Source.** R. Alexander (1977), theorem 5; the embedded method is the one of order 2 on the first two stages.
    pub fn order3() -> Self {
        let g = 0.435_866_521_508_459;
        let b = [-1.5 * g * g + 4.0 * g - 0.25, 1.5 * g * g - 5.0 * g + 1.25, g];
        Self {
            name: "SDIRK3",
            a: vec![vec![g], vec![0.5 * (1.0 - g), g], b.to_vec()],
            b: b.to_vec(),
            c: vec![g, 0.5 * (1.0 + g), 1.0],
            embedded: vec![g / (1.0 - g), (1.0 - 2.0 * g) / (1.0 - g), 0.0],
            order: 3,
            embedded_order: 2,
        }
    }

    /// Five stages, order 4(3), γ = 1/4.
    ///
    /// **Source.** E. Hairer, G. Wanner, *Solving Ordinary Differential Equations II*, 1996, table IV.6.5.
    pub fn order4() -> Self {
        let last = vec![25.0 / 24.0, -49.0 / 48.0, 125.0 / 16.0, -85.0 / 12.0, 0.25];
        Self {
            name: "SDIRK4",
            a: vec![
                vec![0.25],
                vec![0.5, 0.25],
                vec![17.0 / 50.0, -1.0 / 25.0, 0.25],
                vec![371.0 / 1360.0, -137.0 / 2720.0, 15.0 / 544.0, 0.25],
                last.clone(),
            ],
            b: last,
            c: vec![0.25, 0.75, 11.0 / 20.0, 0.5, 1.0],
            embedded: vec![59.0 / 48.0, -17.0 / 96.0, 225.0 / 32.0, -85.0 / 12.0, 0.0],
            order: 4,
            embedded_order: 3,
        }
    }

    /// A method of one's own: the lower triangle of `a` by rows (diagonal included), the weights and those of the embedded method,
    /// with their orders. `c` follows from the rows.
    ///
    /// # Errors
    /// [`Error::Config`] if the shapes don't fit, the diagonal is not one positive number, an order is above 4 or below 1, or a
    /// condition of an order is missed by more than 1e-12.
    pub fn new(
        name: &'static str,
        a: Vec<Vec<f64>>,
        b: Vec<f64>,
        embedded: Vec<f64>,
        orders: (usize, usize),
    ) -> Result<Self> {
        let c = a.iter().map(|row| row.iter().sum()).collect();
        let method = Self { name, a, b, c, embedded, order: orders.0, embedded_order: orders.1 };
        method.check()?;
        Ok(method)
    }

    /// The order.
    pub fn order(&self) -> usize {
        self.order
    }

    /// The order of the embedded method.
    pub fn embedded_order(&self) -> usize {
        self.embedded_order
    }

    /// Number of stages.
    pub fn n_stages(&self) -> usize {
        self.b.len()
    }

    /// γ.
    pub fn gamma(&self) -> f64 {
        self.a[0][0]
    }

    /// Checks shapes, row sums and the order conditions of both methods.
    ///
    /// # Errors
    /// As [`Self::new`].
    pub fn check(&self) -> Result<()> {
        let fail = |expected, value: String| Err(Error::Config { field: "tableau", expected, value });
        let s = self.b.len();
        let triangular = self.a.iter().enumerate().all(|(i, row)| row.len() == i + 1);
        if s == 0 || self.a.len() != s || self.c.len() != s || self.embedded.len() != s || !triangular {
            return fail("a lower triangle with one weight per stage", format!("{s} weights"));
        }
        let gamma = self.gamma();
        if !(gamma > 0.0 && self.a.iter().all(|row| row.last() == Some(&gamma))) {
            return fail("of one positive number on the diagonal", format!("first {gamma}"));
        }
        for (row, c) in self.a.iter().zip(&self.c) {
            let defect = row.iter().sum::<f64>() - c;
            if defect.is_nan() || defect.abs() > 1e-12 {
                return fail("of row sums c (stage order 1)", format!("off by {defect:e}"));
            }
        }
        for (order, weights) in [(self.order, &self.b), (self.embedded_order, &self.embedded)] {
            if !(1..=4).contains(&order) {
                return fail("of order 1 to 4", order.to_string());
            }
            let defect = self.defect(weights, order);
            if defect.is_nan() || defect > 1e-12 {
                return fail(
                    "such that its order conditions hold",
                    format!("off by {defect:e} at order {order}"),
                );
            }
        }
        Ok(())
    }

    /// The largest defect of the conditions up to `order`.
    ///
    /// **Source.** E. Hairer, S. P. Nørsett, G. Wanner, *Solving Ordinary Differential Equations I*, 1993, table II.2.1.
    fn defect(&self, weights: &[f64], order: usize) -> f64 {
        let apply = |v: &[f64]| -> Vec<f64> {
            self.a.iter().map(|row| row.iter().zip(v).map(|(a, x)| a * x).sum()).collect()
        };
        let times = |x: &[f64], y: &[f64]| -> Vec<f64> { x.iter().zip(y).map(|(a, b)| a * b).collect() };
        let one = vec![1.0; self.c.len()];
        let c = &self.c;
        let (cc, ac) = (times(c, c), apply(c));
        // (order, elementary weight, 1 / density of the tree)
        let conditions: [(usize, Vec<f64>, f64); 8] = [
            (1, one, 1.0),
            (2, c.clone(), 1.0 / 2.0),
            (3, cc.clone(), 1.0 / 3.0),
            (3, ac.clone(), 1.0 / 6.0),
            (4, times(&cc, c), 1.0 / 4.0),
            (4, times(c, &ac), 1.0 / 8.0),
            (4, apply(&cc), 1.0 / 12.0),
            (4, apply(&ac), 1.0 / 24.0),
        ];
        conditions
            .iter()
            .filter(|(p, _, _)| *p <= order)
            .map(|(_, phi, value)| (times(weights, phi).iter().sum::<f64>() - value).abs())
            .fold(0.0, f64::max)
    }
}
