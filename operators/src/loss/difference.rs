//! Difference quotients along one axis of a flat field.

use burn::tensor::Tensor;
use serde::{Deserialize, Serialize};

/// What lies beyond the edge of the grid.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Edges {
    /// The other edge.
    #[default]
    Periodic,
    /// Nothing: one-sided quotients at the edge points.
    OneSided,
}

/// The quotient at the first point of an axis, as weights of the first points times h; mirrored and negated at the last point.
///
/// Third order where the axis has four points, and as high as it allows where it has fewer.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Stencil(pub(crate) &'static [f64]);

impl Stencil {
    pub(crate) fn for_points(n: usize) -> Self {
        match n {
            0 | 1 => Self(&[]),
            2 => Self(&[-1.0, 1.0]),
            3 => Self(&[-1.5, 2.0, -0.5]),
            _ => Self(&[-11.0 / 6.0, 3.0, -1.5, 1.0 / 3.0]),
        }
    }
}

/// Central difference quotients `(u_{i+1} - u_{i-1}) / 2h` along `axis`.
///
/// At the edges of a [`Edges::OneSided`] axis the quotient is one-sided: `(-11 u_0 + 18 u_1 - 9 u_2 + 2 u_3) / 6h` at the first
/// point and its mirror image at the last (second order on three points, first on two). The quotient on one point is 0.
///
/// **Shapes.** `[batch, channels, points]`, kept.
///
/// # Panics
/// If `axis` is not an axis of `size`.
pub fn differences(x: Tensor<3>, size: &[usize], axis: usize, h: f64, edges: Edges) -> Tensor<3> {
    let stencil = match edges {
        Edges::Periodic => None,
        Edges::OneSided => Some(Stencil::for_points(size[axis])),
    };
    quotients(x, size, axis, h, stencil)
}

/// Central difference quotients with these ones at the ends of the axis, or those of a periodic axis where there are none.
pub(super) fn quotients(
    x: Tensor<3>,
    size: &[usize],
    axis: usize,
    h: f64,
    ends: Option<Stencil>,
) -> Tensor<3> {
    let shape = x.dims();
    let n = size[axis];
    if n < 2 {
        return x.zeros_like();
    }
    let inner: usize = size[axis + 1..].iter().product();
    let outer = shape[0] * shape[1] * size[..axis].iter().product::<usize>();
    let x = x.reshape([outer, n, inner]);
    let at = |start: usize, len: usize| x.clone().narrow(1, start, len);
    let y = match ends {
        None => {
            let next = Tensor::cat(vec![at(1, n - 1), at(0, 1)], 1);
            let previous = Tensor::cat(vec![at(n - 1, 1), at(0, n - 1)], 1);
            (next - previous) * (0.5 / h)
        }
        Some(Stencil(weights)) => {
            let edge = |point: &dyn Fn(usize) -> usize, sign: f64| {
                let terms = weights.iter().enumerate().map(|(k, w)| at(point(k), 1) * (sign * w / h));
                terms.reduce(|sum, term| sum + term)
            };
            let mut parts: Vec<Tensor<3>> = Vec::with_capacity(3);
            parts.extend(edge(&|k| k, 1.0));
            if n > 2 {
                parts.push((at(2, n - 2) - at(0, n - 2)) * (0.5 / h));
            }
            parts.extend(edge(&|k| n - 1 - k, -1.0));
            Tensor::cat(parts, 1)
        }
    };
    y.reshape(shape)
}
