//! Figure: relative error by frequency band.

use super::{
    PlotError,
    axes::{Axes, Corner, legend},
    canvas::{Anchor, Canvas, INK},
    scale::Axis,
};

/// Relative error of one model in each band.
#[derive(Clone, Copy, Debug)]
pub struct BandSeries<'a> {
    /// Name in the legend.
    pub name: &'a str,
    /// ‖error‖ / ‖truth‖ over the wavenumbers of each band.
    pub error: &'a [f64],
}

const COLOURS: [u32; 4] = [0x31_688e, 0xd9_5f02, 0x1b_9e77, 0x75_70b3];

pub(super) fn canvas(title: &str, edges: &[f64], series: &[BandSeries<'_>]) -> Result<Canvas, PlotError> {
    let bands = edges.len().saturating_sub(1);
    if bands == 0 {
        return Err(PlotError::Shape { what: "band edges", expected: 2, found: edges.len() });
    }
    for s in series {
        if s.error.len() != bands {
            return Err(PlotError::Shape { what: "error by band", expected: bands, found: s.error.len() });
        }
    }
    let mut c = Canvas::new(720.0, 410.0);
    c.title([84.0, 27.0], title);
    // Bands often double in width, so that they are drawn equally wide and named by their wavenumbers.
    let axes = Axes {
        rect: [84.0, 46.0, 606.0, 294.0],
        x: Axis { lo: 0.0, hi: bands as f64, log: false },
        y: Axis::log(series.iter().flat_map(|s| s.error).copied()).open(1.15),
    };
    let [left, top, w, h] = axes.rect;
    axes.draw_y(&mut c);
    c.text([left + w / 2.0, top + h + 42.0], Anchor::Middle, 12.0, INK, "wavenumber |k|");
    let slot = w / bands as f64;
    for (b, pair) in edges.windows(2).enumerate() {
        // A band holds from <= |k| < to.
        let (from, to) = (pair[0], pair[1] - 1.0);
        let name = if to > from { format!("{from}\u{2013}{to}") } else { format!("{from}") };
        c.text([left + (b as f64 + 0.5) * slot, top + h + 18.0], Anchor::Middle, 11.0, INK, name);
    }
    if series.iter().flat_map(|s| s.error).any(|&e| e > 1.0) {
        // In a band where the truth has next to nothing, small errors are many times the truth.
        let [x, y] = axes.place(0.0, 1.0);
        c.line(vec![[x, y], [x + w, y]], super::canvas::GREY, 0.8);
        c.text(
            [x + 6.0, y - 5.0],
            Anchor::Start,
            10.0,
            super::canvas::GREY,
            "above: error larger than the truth in this band",
        );
    }
    for (i, s) in series.iter().enumerate() {
        let colour = COLOURS[i % COLOURS.len()];
        // A logarithmic axis has no zero for a bar to stand on: points, joined to guide the eye.
        let middle: Vec<f64> = (0..bands).map(|b| b as f64 + 0.5).collect();
        axes.curve(&mut c, &middle, s.error, colour, 1.6);
        for (&x, &error) in middle.iter().zip(s.error) {
            if error.is_finite() && error > 0.0 {
                let at = axes.place(x, error);
                c.disc(at, 4.2, colour);
                if series.len() == 1 {
                    let label = super::scale::percent(error);
                    let width = super::font::width(&label, 11.0, false) + 6.0;
                    // White ground: the line may pass below the number.
                    c.fill([at[0] - width / 2.0, at[1] - 21.0, width, 13.0], 0xff_ffff);
                    c.text([at[0], at[1] - 10.5], Anchor::Middle, 11.0, INK, label);
                }
            }
        }
    }
    let names: Vec<(&str, u32)> =
        series.iter().zip(COLOURS.iter().cycle()).map(|(s, &c)| (s.name, c)).collect();
    if names.len() > 1 {
        legend(&mut c, axes.rect, Corner::Left, &names);
    }
    Ok(c)
}

impl Axes {
    /// Only the y axis and its grid: the x axis is named by band.
    fn draw_y(&self, c: &mut Canvas) {
        let [left, _, w, _] = self.rect;
        for (value, text) in self.y.ticks(6) {
            let y = self.place(self.x.lo, value)[1];
            c.line(
                vec![[left, y], [left + w, y]],
                super::canvas::FAINT,
                if text.is_empty() { 0.5 } else { 1.0 },
            );
            c.text([left - 7.0, y + 3.8], Anchor::End, 11.0, INK, text);
        }
        c.frame(self.rect, super::canvas::GREY, 0.8);
        let [_, top, _, h] = self.rect;
        c.upright([left - 54.0, top + h / 2.0], 12.0, INK, "relative L\u{b2} error in the band");
    }
}
