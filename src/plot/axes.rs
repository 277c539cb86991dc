//! A framed plot with two axes, on a canvas.

use super::{
    canvas::{Anchor, Canvas, Colour, FAINT, GREY, INK},
    scale::Axis,
};

/// A plot's place and its axes.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Axes {
    /// x, y, width, height.
    pub(crate) rect: [f64; 4],
    pub(crate) x: Axis,
    pub(crate) y: Axis,
}

impl Axes {
    /// Point of the canvas for a pair of values.
    pub(crate) fn place(&self, x: f64, y: f64) -> [f64; 2] {
        let [left, top, w, h] = self.rect;
        [left + w * self.x.fraction(x), top + h * (1.0 - self.y.fraction(y))]
    }

    /// Grid, frame, ticks and axis labels. `x_label` empty: the x axis keeps its ticks but no numbers.
    pub(crate) fn draw(&self, c: &mut Canvas, x_label: &str, y_label: &str, y_ticks: usize) {
        let [left, top, _, h] = self.rect;
        for (value, text) in self.y.ticks(y_ticks) {
            let y = self.place(self.x.lo, value)[1];
            c.text([left - 7.0, y + 3.8], Anchor::End, 11.0, INK, text);
        }
        c.upright([left - 54.0, top + h / 2.0], 12.0, INK, y_label);
        self.draw_beside(c, x_label, y_ticks);
    }

    /// The same without numbers and label of the y axis: the plot at its left has them.
    pub(crate) fn draw_beside(&self, c: &mut Canvas, x_label: &str, y_ticks: usize) {
        let [left, top, w, h] = self.rect;
        for (value, text) in self.y.ticks(y_ticks) {
            let y = self.place(self.x.lo, value)[1];
            c.line(vec![[left, y], [left + w, y]], FAINT, if text.is_empty() { 0.5 } else { 1.0 });
        }
        for (value, text) in self.x.ticks(8) {
            let x = self.place(value, self.y.lo)[0];
            c.line(vec![[x, top], [x, top + h]], FAINT, 1.0);
            if !x_label.is_empty() {
                c.text([x, top + h + 16.0], Anchor::Middle, 11.0, INK, text);
            }
        }
        c.frame(self.rect, GREY, 0.8);
        if !x_label.is_empty() {
            c.text([left + w / 2.0, top + h + 36.0], Anchor::Middle, 12.0, INK, x_label);
        }
    }

    /// A line through the points whose values are finite (and positive on a logarithmic axis); it breaks at others, and a point
    /// alone is a dot.
    pub(crate) fn curve(&self, c: &mut Canvas, x: &[f64], y: &[f64], colour: Colour, width: f64) {
        let mut end = |run: &mut Vec<[f64; 2]>| match run.len() {
            0 => {}
            1 => c.disc(run.remove(0), 1.5 * width, colour),
            _ => c.line(std::mem::take(run), colour, width),
        };
        let mut run: Vec<[f64; 2]> = Vec::new();
        for (&x, &y) in x.iter().zip(y) {
            if y.is_finite() && (!self.y.log || y > 0.0) {
                run.push(self.place(x, y));
            } else {
                end(&mut run);
            }
        }
        end(&mut run);
    }
}

/// An upper corner of a plot.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Corner {
    Left,
    Right,
}

/// A legend in a corner of a plot: coloured strokes with names.
pub(crate) fn legend(c: &mut Canvas, rect: [f64; 4], corner: Corner, entries: &[(&str, Colour)]) {
    let [left, top, w, _] = rect;
    let widest = entries.iter().map(|(name, _)| super::font::width(name, 11.5, false)).fold(0.0, f64::max);
    let (width, height) = (widest + 46.0, 18.0 * entries.len() as f64 + 10.0);
    let x = if corner == Corner::Left { left + 10.0 } else { left + w - width - 10.0 };
    let y = top + 10.0;
    c.fill([x, y, width, height], 0xff_ffff);
    c.frame([x, y, width, height], 0xcc_cccc, 0.8);
    for (i, (name, colour)) in entries.iter().enumerate() {
        let mid = y + 14.0 + 18.0 * i as f64;
        c.line(vec![[x + 10.0, mid], [x + 30.0, mid]], *colour, 2.2);
        c.text([x + 37.0, mid + 4.2], Anchor::Start, 11.5, INK, *name);
    }
}
