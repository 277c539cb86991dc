//! Trains of KdV solitons.

use serde::{Deserialize, Serialize};
use sobolev_kernels::rng;

use super::points::axis;
use super::{Initial, Sampler, check_range, ensure, integer, uniform};
use crate::Result;
use crate::spectral::FourierGrid;

/// A random number of solitons of `u_t + α u u_x + δ u_xxx = 0`.
///
/// **Equations.** Each, alone, moves at its speed c without changing its shape:
/// ```math
/// u(x, t) = \frac{3c}{\alpha}\, \operatorname{sech}^2\Bigl(\frac12 \sqrt{\frac c\delta}\, (x - x_0 - ct)\Bigr).
/// ```
/// Centres are uniform on the box; a periodic box takes the sum over all images.
///
/// **Source.** N. J. Zabusky, M. D. Kruskal, Phys. Rev. Lett. 15, 240 (1965); P. G. Drazin, R. S. Johnson, *Solitons*, 1989, ch. 1.
///
/// **Shapes** `[1, x]`, f64. **Good values.** Boxes of more than 20 widths `2√(δ/c)`; solitons that start closer than a few widths
/// to one another also shed radiation.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct KdvSolitons {
    /// Smallest and largest number, 1..=100.
    pub count: [u32; 2],
    /// Range of the speeds, positive.
    pub speed: [f64; 2],
    /// α > 0.
    pub convection: f64,
    /// δ > 0.
    pub dispersion: f64,
}

impl Default for KdvSolitons {
    fn default() -> Self {
        Self { count: [2, 2], speed: [1.0, 4.0], convection: 6.0, dispersion: 1.0 }
    }
}

impl Initial for KdvSolitons {
    fn on(&self, grid: &FourierGrid) -> Result<Sampler> {
        let Self { count, speed, convection, dispersion } = *self;
        ensure(grid.dim() == 1, "solitons", "one-dimensional", grid.dim())?;
        let good = 1 <= count[0] && count[0] <= count[1] && count[1] <= 100;
        ensure(good, "solitons.count", "[low, high] in 1..=100", format!("{count:?}"))?;
        check_range("solitons.speed", speed)?;
        let positive = |value: f64| value > 0.0 && value.is_finite();
        ensure(positive(speed[0]), "solitons.speed", "positive", format!("{speed:?}"))?;
        ensure(positive(convection), "solitons.convection", "positive and finite", convection)?;
        ensure(positive(dispersion), "solitons.dispersion", "positive and finite", dispersion)?;
        let (x, length) = (axis(grid, 0), grid.domain_extent()[0]);
        Ok(Box::new(move |seed, index| {
            let mut rng = rng::stream(seed, index);
            let mut u = vec![0.0; x.len()];
            for _ in 0..integer(&mut rng, count) {
                let (c, centre) = (uniform(&mut rng, speed), uniform(&mut rng, [0.0, length]));
                let inverse_width = 0.5 * (c / dispersion).sqrt();
                // sech²(20) = 2e-17: images further away than 20 widths don't count.
                let images = (20.0 / (inverse_width * length)).ceil() as i32 + 1;
                for (u, &x) in u.iter_mut().zip(&x) {
                    for m in -images..=images {
                        let sech = 1.0 / (inverse_width * (x - centre - f64::from(m) * length)).cosh();
                        *u += 3.0 * c / convection * sech * sech;
                    }
                }
            }
            u
        }))
    }
}
