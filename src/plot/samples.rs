//! Figure: coefficient | truth | prediction | error, one row per sample.

use super::{
    Field, PlotError, Quantity, Span,
    canvas::{Anchor, Canvas, GREY, INK},
    limits::Limits,
    scale::{percent, short},
};

/// One row: what went in, what should come out, what came out.
#[derive(Clone, Copy, Debug)]
pub struct Sample<'a> {
    /// Its name, for instance "test sample 17".
    pub name: &'a str,
    /// Coefficient, forcing or initial state.
    pub input: Field<'a>,
    /// The solver's solution.
    pub truth: Field<'a>,
    /// The model's.
    pub prediction: Field<'a>,
}

/// Side of a field, widths of the gaps, height of a row's head; points.
pub(super) const SIDE: f64 = 196.0;
pub(super) const BAR_ROOM: f64 = 64.0;
const GAP: f64 = 16.0;
pub(super) const LEFT: f64 = 40.0;
const HEAD: f64 = 60.0;
const ROW_HEAD: f64 = 42.0;
const ROW_FOOT: f64 = 20.0;

pub(super) fn canvas(
    title: &str,
    input: &Quantity<'_>,
    output: &Quantity<'_>,
    samples: &[Sample<'_>],
) -> Result<Canvas, PlotError> {
    for s in samples {
        s.input.check("input")?;
        s.truth.check("truth")?;
        s.prediction.check("prediction")?;
        if (s.truth.rows, s.truth.cols) != (s.prediction.rows, s.prediction.cols) {
            return Err(PlotError::Shape {
                what: "prediction",
                expected: s.truth.rows * s.truth.cols,
                found: s.prediction.rows * s.prediction.cols,
            });
        }
    }
    let lefts = [
        LEFT,
        LEFT + SIDE + BAR_ROOM,
        LEFT + 2.0 * SIDE + BAR_ROOM + GAP,
        LEFT + 3.0 * SIDE + 2.0 * BAR_ROOM + GAP,
    ];
    let row = ROW_HEAD + SIDE + ROW_FOOT;
    let mut c = Canvas::new(lefts[3] + SIDE + BAR_ROOM + 4.0, HEAD + row * samples.len() as f64 + 4.0);
    c.title([LEFT, 26.0], title);
    let heads = [
        format!("{} {}", input.name, input.symbol),
        format!("truth {}", output.symbol),
        format!("prediction {}\u{302}", output.symbol),
        format!("error {s}\u{302} \u{2212} {s}", s = output.symbol),
    ];
    for (x, head) in lefts.iter().zip(heads) {
        // The bundled font has no combining circumflex: the hat is spelled out.
        let head = hat(&head);
        c.text([x + SIDE / 2.0, HEAD - 2.0], Anchor::Middle, 13.0, INK, head);
    }
    for (i, sample) in samples.iter().enumerate() {
        let top = HEAD + row * i as f64 + ROW_HEAD;
        let last = i + 1 == samples.len();
        draw_row(&mut c, sample, (input, output), lefts, top, last);
    }
    Ok(c)
}

fn draw_row(
    c: &mut Canvas,
    s: &Sample<'_>,
    (input, output): (&Quantity<'_>, &Quantity<'_>),
    lefts: [f64; 4],
    top: f64,
    last: bool,
) {
    let error: Vec<f32> = s.prediction.values.iter().zip(s.truth.values).map(|(p, t)| p - t).collect();
    let error = Field { values: &error, ..s.truth };
    let relative = norm(error.values) / norm(s.truth.values).max(f64::MIN_POSITIVE);
    let title = format!("{}:  relative L\u{b2} error {}", s.name, percent(relative));
    c.text([lefts[1], top - 10.0], Anchor::Start, 12.0, GREY, title);

    // Truth and prediction share their limits, taken from the truth: what the model overshoots saturates visibly.
    let (inputs, outputs, errors) = (Limits::of(&s.input), Limits::of(&s.truth), Limits::symmetric(&error));
    let plots = [(&s.input, inputs), (&s.truth, outputs), (&s.prediction, outputs), (&error, errors)];
    for (x, (field, limits)) in lefts.into_iter().zip(plots) {
        let rect = [x, top, SIDE, SIDE];
        c.image(rect, limits.image(field));
        c.frame(rect, GREY, 0.7);
    }
    let bar = |i: usize| [lefts[i] + SIDE + 9.0, top, SIDE];
    inputs.bar(c, bar(0), &input.unit_label());
    outputs.bar(c, bar(2), &output.unit_label());
    errors.bar(c, bar(3), &output.unit_label());

    axes(c, &lefts, top, last, [Span::unit("y"), Span::unit("x")]);
}

/// One set of axes is enough: left of the first field, and below the last row.
pub(super) fn axes(
    c: &mut Canvas,
    lefts: &[f64],
    top: f64,
    last: bool,
    [vertical, horizontal]: [Span<'_>; 2],
) {
    let Some(&first) = lefts.first() else { return };
    for (y, value) in [(top + SIDE, vertical.lo), (top + 8.0, vertical.hi)] {
        c.text([first - 6.0, y], Anchor::End, 10.0, GREY, short(value));
    }
    c.upright([first - 10.0, top + SIDE / 2.0], 11.0, GREY, vertical.name);
    for &x in if last { lefts } else { &[] } {
        c.text([x, top + SIDE + 14.0], Anchor::Start, 10.0, GREY, short(horizontal.lo));
        c.text([x + SIDE, top + SIDE + 14.0], Anchor::End, 10.0, GREY, short(horizontal.hi));
        c.text([x + SIDE / 2.0, top + SIDE + 15.0], Anchor::Middle, 11.0, GREY, horizontal.name);
    }
}

/// `û` for `u`, and so on: precomposed letters where the font has them, else a prefix in words.
fn hat(text: &str) -> String {
    text.replace("u\u{302}", "\u{fb}")
        .replace("a\u{302}", "\u{e2}")
        .replace("e\u{302}", "\u{ea}")
        .replace("i\u{302}", "\u{ee}")
        .replace("o\u{302}", "\u{f4}")
        .replace('\u{302}', "\u{2032}")
}

fn norm(values: &[f32]) -> f64 {
    values.iter().map(|&v| f64::from(v) * f64::from(v)).sum::<f64>().sqrt()
}
