//! The radial dam break of PDEBench.

use serde::{Deserialize, Serialize};
use sobolev_kernels::rng;

use super::points::tabulate;
use super::{Initial, Sampler, check_range, ensure, uniform};
use crate::Result;
use crate::spectral::FourierGrid;

/// A cylinder of water in the middle of the box, at rest: `[h, p, q]`.
///
/// **Equations.** With r the distance from the centre of the box and R ~ U(`radius`):
/// ```math
/// h = h_{out} + \tfrac12 (h_{in} - h_{out}) \Bigl(1 - \tanh\frac{r - R}{w}\Bigr), \qquad p = q = 0.
/// ```
///
/// **Source.** M. Takamoto et al., PDEBench, arXiv 2210.07182, section D.9: the square (−5/2, 5/2)², 128² points, g = 1, t in [0, 1],
/// h 2 inside and 1 outside, R in (0.3, 0.7). **Deviates.** (1) A step can't be represented by a spectral method; it is smoothed over
/// a width w that doesn't depend on the resolution. (2) The state of [`ShallowWater`](crate::spectral::equations::ShallowWater) is depth and momentum; PDEBench stores the depth alone.
/// (3) The box is periodic instead of open: no wave reaches its boundary before t = 1.2.
///
/// **Shapes** `[3, y, x]`, f64. **Good values.** w of 2 cells; below one cell the steps ring.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct RadialDamBreak {
    /// Depth inside.
    pub inner: f64,
    /// Depth outside.
    pub outer: f64,
    /// Range of the radius, in units of the box.
    pub radius: [f64; 2],
    /// Half width of the smoothed step.
    pub width: f64,
}

impl Default for RadialDamBreak {
    fn default() -> Self {
        Self { inner: 2.0, outer: 1.0, radius: [0.3, 0.7], width: 0.08 }
    }
}

impl Initial for RadialDamBreak {
    fn channels(&self) -> usize {
        3
    }

    fn on(&self, grid: &FourierGrid) -> Result<Sampler> {
        let Self { inner, outer, radius, width } = *self;
        ensure(grid.dim() == 2, "dam_break", "two-dimensional", grid.dim())?;
        let positive = |value: f64| value > 0.0 && value.is_finite();
        ensure(positive(inner), "dam_break.inner", "positive and finite", inner)?;
        ensure(positive(outer), "dam_break.outer", "positive and finite", outer)?;
        ensure(positive(width), "dam_break.width", "positive and finite", width)?;
        check_range("dam_break.radius", radius)?;
        let half = 0.5 * grid.domain_extent().iter().copied().fold(f64::INFINITY, f64::min);
        let good = radius[0] > 0.0 && radius[1] < half;
        ensure(good, "dam_break.radius", "positive and below half a side", format!("{radius:?}"))?;
        let grid = grid.clone();
        Ok(Box::new(move |seed, index| {
            let radius = uniform(&mut rng::stream(seed, index), radius);
            let centre = [0.5 * grid.domain_extent()[0], 0.5 * grid.domain_extent()[1]];
            let mut state = tabulate(&grid, |[x, y, _]| {
                let r = (y - centre[0]).hypot(x - centre[1]);
                outer + 0.5 * (inner - outer) * (1.0 - ((r - radius) / width).tanh())
            });
            state.resize(3 * grid.points(), 0.0);
            state
        }))
    }
}
