//! Figure: the fields of some samples of a data set.

use super::{
    Field, PlotError, Quantity, Span,
    canvas::{Anchor, Canvas, GREY, INK},
    limits::Limits,
    samples::{BAR_ROOM, LEFT, SIDE, axes},
};

/// Heights of the figure's head, and of a row's head and foot; points.
const HEAD: f64 = 60.0;
const ROW_HEAD: f64 = 42.0;
const ROW_FOOT: f64 = 20.0;

pub(super) fn canvas(
    title: &str,
    spans: [Span<'_>; 2],
    quantities: &[Quantity<'_>],
    rows: &[(&str, Vec<Field<'_>>)],
) -> Result<Canvas, PlotError> {
    let column = SIDE + BAR_ROOM;
    let row = ROW_HEAD + SIDE + ROW_FOOT;
    let lefts: Vec<f64> = (0..quantities.len()).map(|i| LEFT + column * i as f64).collect();
    // A single column is narrower than most titles.
    let width =
        (LEFT + column * quantities.len() as f64).max(super::font::width(title, 15.0, true) + 2.0 * LEFT);
    let mut c = Canvas::new(width, HEAD + row * rows.len() as f64 + 4.0);
    c.title([LEFT, 26.0], title);
    for (x, q) in lefts.iter().zip(quantities) {
        let head = format!("{} {}", q.name, q.symbol);
        c.text([x + SIDE / 2.0, HEAD - 2.0], Anchor::Middle, 13.0, INK, head.trim());
    }
    for (i, (name, fields)) in rows.iter().enumerate() {
        if fields.len() != quantities.len() {
            return Err(PlotError::Shape {
                what: "fields of a row",
                expected: quantities.len(),
                found: fields.len(),
            });
        }
        let top = HEAD + row * i as f64 + ROW_HEAD;
        c.text([LEFT, top - 10.0], Anchor::Start, 12.0, GREY, *name);
        for ((x, field), q) in lefts.iter().zip(fields).zip(quantities) {
            field.check("field")?;
            let limits = Limits::of(field);
            let rect = [*x, top, SIDE, SIDE];
            c.image(rect, limits.image(field));
            c.frame(rect, GREY, 0.7);
            limits.bar(&mut c, [x + SIDE + 9.0, top, SIDE], &q.unit_label());
        }
        axes(&mut c, &lefts, top, i + 1 == rows.len(), spans);
    }
    Ok(c)
}
