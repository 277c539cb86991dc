//! The observed order of convergence.

/// A fit of `e = C h^p` to errors.
#[derive(Clone, Debug, PartialEq)]
pub struct OrderFit {
    /// The observed order `p`.
    pub order: f64,
    /// `C`.
    pub constant: f64,
    /// How many points were fitted; the others had reached the floor.
    pub points: usize,
    /// The largest distance of a fitted point from the line, in `ln e`.
    pub residual: f64,
}

/// Fits the order of convergence to pairs `(h, e)` of step and error by least squares on `ln e = p ln h + ln C`.
///
/// Points at the floor are dropped: those with `e <= floor`, and those refined beyond the first such point (there the error is
/// rounding, and may grow again). `None` if fewer than three points are left, or one is not a positive finite number.
#[must_use]
pub fn fit_order(points: &[(f64, f64)], floor: f64) -> Option<OrderFit> {
    if points.iter().any(|&(h, e)| !(h.is_finite() && h > 0.0 && e.is_finite() && e >= 0.0)) {
        return None;
    }
    let mut sorted = points.to_vec();
    sorted.sort_by(|a, b| b.0.total_cmp(&a.0));
    let logs: Vec<(f64, f64)> =
        sorted.iter().take_while(|&&(_, e)| e > floor).map(|&(h, e)| (h.ln(), e.ln())).collect();
    let n = logs.len() as f64;
    if logs.len() < 3 {
        return None;
    }
    let (mx, my) = (logs.iter().map(|p| p.0).sum::<f64>() / n, logs.iter().map(|p| p.1).sum::<f64>() / n);
    let spread: f64 = logs.iter().map(|p| (p.0 - mx).powi(2)).sum();
    if spread == 0.0 {
        return None;
    }
    let order = logs.iter().map(|p| (p.0 - mx) * (p.1 - my)).sum::<f64>() / spread;
    let constant = (my - order * mx).exp();
    let residual = logs.iter().map(|p| (p.1 - my - order * (p.0 - mx)).abs()).fold(0.0, f64::max);
    Some(OrderFit { order, constant, points: logs.len(), residual })
}

/// Asserts that the observed order is within `0.1` of `expected`, and that the smallest error is at most `bound`.
///
/// The second condition matters as much as the first: a method may converge at its order to the wrong place, or start from an error
/// that nobody can use.
///
/// ```
/// let points = [(0.1, 3e-4), (0.05, 7.5e-5), (0.025, 1.875e-5), (0.0125, 4.6875e-6)];
/// sobolev_kernels::testing::assert_order("midpoint rule", &points, 2.0, 1e-13, 5e-6);
/// ```
///
/// # Panics
/// If a condition fails, or fewer than three points lie above `floor`.
#[allow(clippy::panic, reason = "a test tool")]
pub fn assert_order(name: &str, points: &[(f64, f64)], expected: f64, floor: f64, bound: f64) {
    let Some(fit) = fit_order(points, floor) else {
        panic!("order of {name}: fewer than three positive errors above the floor {floor:.1e} in {points:?}");
    };
    assert!(
        (fit.order - expected).abs() < 0.1,
        "order of {name}: observed {:.3}, expected {expected} (fit of {} of {} points, residual {:.3}): {points:?}",
        fit.order,
        fit.points,
        points.len(),
        fit.residual
    );
    let least = points.iter().map(|p| p.1).fold(f64::INFINITY, f64::min);
    assert!(least <= bound, "order of {name}: the smallest error {least:.3e} exceeds {bound:.1e}");
}
