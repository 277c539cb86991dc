//! Limits of a field's colours, and its colour bar.

use super::{
    Field,
    canvas::{Anchor, Canvas, GREY, INK, Image, Map},
    scale::{common_power, linear_ticks, superscript},
};

/// Width of a bar in points.
const BAR: f64 = 11.0;

/// Limits of a colour map, and which map.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Limits {
    lo: f64,
    hi: f64,
    map: Map,
}

impl Limits {
    /// Those of the field itself: around zero where it has both signs, from its least to its largest value otherwise.
    pub(crate) fn of(field: &Field<'_>) -> Self {
        let (lo, hi) = field.range();
        // A field of both signs of similar size has a meaningful zero; one that is zero throughout is at rest.
        let is_balanced = lo < 0.0 && hi > 0.0 && lo.abs().min(hi) > 0.2 * lo.abs().max(hi);
        if is_balanced || (lo == 0.0 && hi == 0.0) {
            return Self::symmetric(field);
        }
        if hi > lo {
            Self { lo, hi, map: Map::Viridis }
        } else {
            Self { lo: lo - 0.5, hi: hi + 0.5, map: Map::Viridis }
        }
    }

    /// Equally far to both sides of zero.
    pub(crate) fn symmetric(field: &Field<'_>) -> Self {
        let (lo, hi) = field.range();
        let most = lo.abs().max(hi.abs());
        let most = if most > 0.0 { most } else { 1.0 };
        Self { lo: -most, hi: most, map: Map::Signed }
    }

    fn index(&self, value: f64) -> u8 {
        let t = ((value - self.lo) / (self.hi - self.lo)).clamp(0.0, 1.0);
        match self.map {
            Map::Viridis => (255.0 * t).round() as u8,
            Map::Signed => (128.0 + 127.0 * (2.0 * t - 1.0)).round() as u8,
        }
    }

    /// The field in colours. y grows upwards on paper, downwards in memory.
    pub(crate) fn image(&self, field: &Field<'_>) -> Image {
        let rows = field.values.chunks_exact(field.cols).rev();
        let index = rows.flatten().map(|&v| self.index(f64::from(v))).collect();
        Image { index, rows: field.rows, cols: field.cols, map: self.map }
    }

    /// A bar of this height, with ticks to its right and the unit and power of ten above.
    pub(crate) fn bar(&self, c: &mut Canvas, [x, top, height]: [f64; 3], unit: &str) {
        let rect = [x, top, BAR, height];
        let index = (0..256)
            .rev()
            .map(|i| self.index(self.lo + (self.hi - self.lo) * f64::from(i) / 255.0))
            .collect();
        c.image(rect, Image { index, rows: 256, cols: 1, map: self.map });
        c.frame(rect, GREY, 0.7);
        let power = common_power(self.lo.abs().max(self.hi.abs()));
        let scale = 10f64.powi(power);
        for (value, text) in linear_ticks(self.lo / scale, self.hi / scale, 5) {
            let y = top + height * (self.hi / scale - value) / ((self.hi - self.lo) / scale);
            c.line(vec![[x + BAR, y], [x + BAR + 3.5, y]], GREY, 0.8);
            c.text([x + BAR + 6.0, y + 3.6], Anchor::Start, 10.0, INK, text);
        }
        let power = if power == 0 { String::new() } else { format!("\u{d7}10{}", superscript(power)) };
        c.text([x - 2.0, top - 8.0], Anchor::Start, 10.5, INK, format!("{power} {unit}").trim().to_owned());
    }
}
