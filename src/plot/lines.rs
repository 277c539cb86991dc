//! Figure: lines over a common axis, linear or logarithmic, in panels side by side with the same limits.

use super::{
    PlotError,
    axes::Axes,
    canvas::{Anchor, Canvas, Colour, GREY, INK},
    scale::Axis,
};

/// An axis: its name, and whether it is logarithmic.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Scale<'a> {
    /// Name: "wavenumber |k|".
    pub name: &'a str,
    /// Values are placed by their logarithm; those that are not positive are left out.
    pub log: bool,
}

/// One line.
#[derive(Clone, Copy, Debug)]
pub struct Line<'a> {
    /// Its name in the legend.
    pub name: &'a str,
    /// Where, ascending.
    pub x: &'a [f64],
    /// The values.
    pub y: &'a [f64],
    /// Half the length of a bar through every value, for instance a standard deviation; may be empty.
    pub spread: &'a [f64],
    /// A dot on every value.
    pub dots: bool,
}

/// Dark blue, orange, green, violet, red, grey: distinct also for the colour-blind by their lightness.
const COLOURS: [Colour; 6] = [0x31_688e, 0xd9_5f02, 0x1b_9e77, 0x75_70b3, 0xb2_182b, 0x80_8080];

/// Margins and sizes; points.
const LEFT: f64 = 84.0;
const GAP: f64 = 26.0;
const HEAD: f64 = 44.0;
const HEIGHT: f64 = 294.0;
/// Height of a row of the legend.
const ROW: f64 = 18.0;

pub(super) fn canvas(
    title: &str,
    x: Scale<'_>,
    y: Scale<'_>,
    panels: &[(&str, Vec<Line<'_>>)],
) -> Result<Canvas, PlotError> {
    let all = || panels.iter().flat_map(|(_, lines)| lines);
    for line in all() {
        for (what, found) in [("values of a line", line.y.len()), ("spread of a line", line.spread.len())] {
            let optional = what.starts_with("spread") && found == 0;
            if found != line.x.len() && !optional {
                return Err(PlotError::Shape { what, expected: line.x.len(), found });
            }
        }
    }
    if all().all(|line| line.x.is_empty()) {
        return Err(PlotError::Shape { what: "values of a line", expected: 1, found: 0 });
    }
    let x_axis = axis(x, all().flat_map(|l| l.x).copied());
    // Bars count: they may reach beyond all values.
    let ends = all().flat_map(|l| {
        let bar = |i: usize| l.spread.get(i).copied().unwrap_or(0.0);
        l.y.iter().enumerate().flat_map(move |(i, &v)| [v - bar(i), v + bar(i), v])
    });
    let y_axis = axis(y, ends);
    let n = panels.len() as f64;
    let width = if panels.len() == 1 { 606.0 } else { 420.0 };
    // The legends stand above the panels, where they cover nothing.
    let legends: Vec<Vec<Entry<'_>>> = panels.iter().map(|(_, lines)| flow(lines, width)).collect();
    let rows = legends.iter().flatten().map(|entry| entry.row + 1).max().unwrap_or(0);
    let named = if panels.iter().any(|(name, _)| !name.is_empty()) { ROW } else { 0.0 };
    let top = HEAD + named + ROW * rows as f64 + 4.0;
    let mut c = Canvas::new(LEFT + n * width + (n - 1.0) * GAP + 30.0, top + HEIGHT + 56.0);
    c.title([LEFT, 27.0], title);
    for (i, ((name, lines), legend)) in panels.iter().zip(&legends).enumerate() {
        let left = LEFT + i as f64 * (width + GAP);
        let axes = Axes { rect: [left, top, width, HEIGHT], x: x_axis, y: y_axis };
        match i {
            0 => axes.draw(&mut c, x.name, y.name, 6),
            _ => axes.draw_beside(&mut c, x.name, 6),
        }
        c.text([left, HEAD + 12.0], Anchor::Start, 12.5, GREY, *name);
        for (line, colour) in lines.iter().zip(colours()) {
            draw(&mut c, &axes, line, colour);
        }
        for entry in legend {
            let [x, mid] = [left + entry.x, HEAD + named + ROW * entry.row as f64 + 9.0];
            c.line(vec![[x, mid], [x + 20.0, mid]], entry.colour, 2.2);
            c.text([x + 26.0, mid + 4.2], Anchor::Start, 11.5, INK, entry.name);
        }
    }
    Ok(c)
}

fn colours() -> impl Iterator<Item = Colour> {
    COLOURS.into_iter().cycle()
}

/// An entry of a legend and its place.
struct Entry<'a> {
    name: &'a str,
    colour: Colour,
    x: f64,
    row: usize,
}

/// A legend in rows of at most `width`; one line needs none.
fn flow<'a>(lines: &[Line<'a>], width: f64) -> Vec<Entry<'a>> {
    let (mut x, mut row) = (0.0, 0);
    let mut place = |(line, colour): (&Line<'a>, Colour)| {
        let wide = 26.0 + super::font::width(line.name, 11.5, false);
        if x > 0.0 && x + wide > width {
            (x, row) = (0.0, row + 1);
        }
        let entry = Entry { name: line.name, colour, x, row };
        x += wide + 18.0;
        entry
    };
    if lines.len() < 2 { vec![] } else { lines.iter().zip(colours()).map(&mut place).collect() }
}

fn axis(scale: Scale<'_>, values: impl Iterator<Item = f64>) -> Axis {
    if scale.log {
        return Axis::log(values);
    }
    let (lo, hi) = values
        .filter(|v| v.is_finite())
        .fold((f64::INFINITY, f64::NEG_INFINITY), |(lo, hi), v| (lo.min(v), hi.max(v)));
    let (lo, hi) = if lo <= hi { (lo, hi) } else { (0.0, 1.0) };
    // Values of one sign are seen against zero where they come near to it.
    let margin = 0.04 * (hi - lo);
    let lo = if lo >= 0.0 && lo < 0.4 * hi { 0.0 } else { lo - margin };
    Axis::linear(lo, hi + margin)
}

fn draw(c: &mut Canvas, axes: &Axes, line: &Line<'_>, colour: Colour) {
    axes.curve(c, line.x, line.y, colour, 1.8);
    for (i, (&x, &y)) in line.x.iter().zip(line.y).enumerate() {
        if !y.is_finite() || axes.y.log && y <= 0.0 {
            continue;
        }
        if let Some(&spread) = line.spread.get(i)
            && spread > 0.0
        {
            let low = if axes.y.log { (y - spread).max(axes.y.lo) } else { y - spread };
            c.line(vec![axes.place(x, low), axes.place(x, y + spread)], colour, 1.2);
        }
        if line.dots {
            c.disc(axes.place(x, y), 3.6, colour);
        }
    }
}
