//! Norms of the error of a Q1 solution.

/// L² norm and H¹ seminorm of `u_h − u` on the unit square.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct ErrorNorms {
    /// `‖u_h − u‖` in L².
    pub l2: f64,
    /// `‖∇(u_h − u)‖` in L².
    pub h1: f64,
}

/// Points and weights of three-point Gauss quadrature on (0, 1).
const GAUSS: [(f64, f64); 3] =
    [(0.112_701_665_379_258_31, 5.0 / 18.0), (0.5, 4.0 / 9.0), (0.887_298_334_620_741_7, 5.0 / 18.0)];

/// Integrates the error of the bilinear function with node values `u`, `[ny + 1, nx + 1]`, by 3 x 3 Gauss points a cell.
///
/// `exact(y, x)` returns `(u, ∂u/∂y, ∂u/∂x)`.
///
/// # Panics
/// If `u` doesn't hold `(ny + 1)(nx + 1)` values.
pub fn error_norms(
    ny: usize,
    nx: usize,
    u: &[f64],
    exact: impl Fn(f64, f64) -> (f64, f64, f64),
) -> ErrorNorms {
    assert_eq!(u.len(), (ny + 1) * (nx + 1), "u must hold the nodes [ny + 1, nx + 1]");
    let (hy, hx) = (1.0 / ny as f64, 1.0 / nx as f64);
    let (mut l2, mut h1) = (0.0, 0.0);
    for j in 0..ny {
        for i in 0..nx {
            let k = j * (nx + 1) + i;
            let (sw, se, nw, ne) = (u[k], u[k + 1], u[k + nx + 1], u[k + nx + 2]);
            for (t, wt) in GAUSS {
                for (s, ws) in GAUSS {
                    let (value, dy, dx) = exact((j as f64 + t) * hy, (i as f64 + s) * hx);
                    let low = sw + s * (se - sw);
                    let high = nw + s * (ne - nw);
                    let uh = low + t * (high - low);
                    let uh_y = (high - low) / hy;
                    let uh_x = ((1.0 - t) * (se - sw) + t * (ne - nw)) / hx;
                    let weight = wt * ws * hy * hx;
                    l2 += weight * (uh - value).powi(2);
                    h1 += weight * ((uh_y - dy).powi(2) + (uh_x - dx).powi(2));
                }
            }
        }
    }
    ErrorNorms { l2: l2.sqrt(), h1: h1.sqrt() }
}
