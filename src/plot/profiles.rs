//! Figure: functions of one variable, one plot per sample.

use super::{
    PlotError, Span,
    axes::{Axes, Corner, legend},
    canvas::{Anchor, Canvas, Colour, GREY},
    palette::VIRIDIS,
    scale::Axis,
};

/// A function on equally spaced points, both ends of the axis included.
#[derive(Clone, Copy, Debug)]
pub struct Profile<'a> {
    /// Its name, for instance "t = 1".
    pub name: &'a str,
    /// The values.
    pub values: &'a [f32],
}

/// Heights of the figure's head, of a plot, and of the room between plots; points.
const HEAD: f64 = 50.0;
const HEIGHT: f64 = 200.0;
const GAP: f64 = 34.0;

pub(super) fn canvas(
    title: &str,
    x: Span<'_>,
    rows: &[(&str, Vec<Profile<'_>>)],
) -> Result<Canvas, PlotError> {
    let mut c = Canvas::new(720.0, HEAD + (HEIGHT + GAP) * rows.len() as f64 + 26.0);
    c.title([84.0, 27.0], title);
    for (i, (name, profiles)) in rows.iter().enumerate() {
        let shortest = profiles.iter().map(|p| p.values.len()).min().unwrap_or(0);
        if shortest < 2 {
            return Err(PlotError::Shape { what: "profile", expected: 2, found: shortest });
        }
        let top = HEAD + GAP / 2.0 + (HEIGHT + GAP) * i as f64;
        let finite = profiles.iter().flat_map(|p| p.values).copied().filter(|v| v.is_finite()).map(f64::from);
        let (lo, hi) = finite.fold((f64::INFINITY, f64::NEG_INFINITY), |(lo, hi), v| (lo.min(v), hi.max(v)));
        let (lo, hi) = if lo <= hi { (lo, hi) } else { (0.0, 1.0) };
        let margin = 0.05 * (hi - lo);
        let axes = Axes {
            rect: [84.0, top, 606.0, HEIGHT],
            x: Axis::linear(x.lo, x.hi),
            y: Axis::linear(lo - margin, hi + margin),
        };
        let last = i + 1 == rows.len();
        axes.draw(&mut c, if last { x.name } else { "" }, "", 5);
        c.text([84.0, top - 6.0], Anchor::Start, 12.0, GREY, *name);
        let colour = |k: usize| colour(k, profiles.len());
        for (k, profile) in profiles.iter().enumerate() {
            let n = profile.values.len();
            let at: Vec<f64> = (0..n).map(|j| x.lo + (x.hi - x.lo) * j as f64 / (n - 1) as f64).collect();
            let values: Vec<f64> = profile.values.iter().copied().map(f64::from).collect();
            axes.curve(&mut c, &at, &values, colour(k), 1.8);
        }
        let entries: Vec<(&str, Colour)> =
            profiles.iter().enumerate().map(|(k, p)| (p.name, colour(k))).collect();
        legend(&mut c, axes.rect, Corner::Right, &entries);
    }
    Ok(c)
}

/// Colours along viridis, without its pale end.
fn colour(k: usize, n: usize) -> Colour {
    VIRIDIS[if n < 2 { 60 } else { 20 + 170 * k / (n - 1) }]
}
