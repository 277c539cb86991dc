//! A drawing as data: a short list of shapes, written twice (SVG and PNG) from the same coordinates.
//!
//! Coordinates are in points, x to the right, y down. Text stands on its baseline.

use super::palette::{SIGNED, VIRIDIS};

/// A colour as 0xRRGGBB.
pub(crate) type Colour = u32;

/// Black that does not shout.
pub(crate) const INK: Colour = 0x22_2222;
/// Secondary text, ticks.
pub(crate) const GREY: Colour = 0x59_5959;
/// Grid lines.
pub(crate) const FAINT: Colour = 0xe4_e4e4;

/// Where a text's anchor point lies.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Anchor {
    /// At its left end.
    Start,
    /// In its middle.
    Middle,
    /// At its right end.
    End,
}

/// A colour table.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Map {
    /// For fields of one sign.
    Viridis,
    /// For fields around zero.
    Signed,
}

impl Map {
    /// The table, low to high.
    pub(crate) fn table(self) -> &'static [u32] {
        match self {
            Self::Viridis => &VIRIDIS,
            // 256 entries fit one byte; dropping the last keeps the middle entry in place.
            Self::Signed => &SIGNED[..256],
        }
    }
}

/// A field as indices into a colour table, first row on top. Indices are linear in the value, so they may be averaged.
#[derive(Clone, Debug)]
pub(crate) struct Image {
    pub(crate) index: Vec<u8>,
    pub(crate) rows: usize,
    pub(crate) cols: usize,
    pub(crate) map: Map,
}

/// One text.
#[derive(Clone, Debug)]
pub(crate) struct Text {
    pub(crate) at: [f64; 2],
    pub(crate) text: String,
    pub(crate) size: f64,
    pub(crate) bold: bool,
    pub(crate) anchor: Anchor,
    /// Turned by a quarter to the left: reads upwards.
    pub(crate) upright: bool,
    pub(crate) colour: Colour,
}

/// One shape.
#[derive(Clone, Debug)]
pub(crate) enum Shape {
    /// x, y, width, height.
    Fill([f64; 4], Colour),
    /// Line through points, with its width.
    Line(Vec<[f64; 2]>, Colour, f64),
    /// Centre, radius.
    Disc([f64; 2], f64, Colour),
    /// x, y, width, height.
    Image([f64; 4], Image),
    Text(Text),
}

/// The drawing.
#[derive(Clone, Debug)]
pub(crate) struct Canvas {
    pub(crate) width: f64,
    pub(crate) height: f64,
    pub(crate) shapes: Vec<Shape>,
}

impl Canvas {
    /// A white sheet.
    pub(crate) fn new(width: f64, height: f64) -> Self {
        Self { width, height, shapes: vec![Shape::Fill([0.0, 0.0, width, height], 0xff_ffff)] }
    }

    pub(crate) fn fill(&mut self, rect: [f64; 4], colour: Colour) {
        self.shapes.push(Shape::Fill(rect, colour));
    }

    pub(crate) fn line(&mut self, points: Vec<[f64; 2]>, colour: Colour, width: f64) {
        self.shapes.push(Shape::Line(points, colour, width));
    }

    pub(crate) fn disc(&mut self, at: [f64; 2], radius: f64, colour: Colour) {
        self.shapes.push(Shape::Disc(at, radius, colour));
    }

    /// An outline just outside of a rectangle.
    pub(crate) fn frame(&mut self, [x, y, w, h]: [f64; 4], colour: Colour, width: f64) {
        let d = width / 2.0;
        let (l, t, r, b) = (x - d, y - d, x + w + d, y + h + d);
        self.line(vec![[l, t], [r, t], [r, b], [l, b], [l, t]], colour, width);
    }

    pub(crate) fn image(&mut self, rect: [f64; 4], image: Image) {
        self.shapes.push(Shape::Image(rect, image));
    }

    /// Plain text.
    pub(crate) fn text(
        &mut self,
        at: [f64; 2],
        anchor: Anchor,
        size: f64,
        colour: Colour,
        text: impl Into<String>,
    ) {
        self.shapes.push(Shape::Text(Text {
            at,
            text: text.into(),
            size,
            bold: false,
            anchor,
            upright: false,
            colour,
        }));
    }

    /// The title of the figure in bold, set smaller where it would run over the right edge.
    pub(crate) fn title(&mut self, at: [f64; 2], text: &str) {
        const SIZE: f64 = 15.0;
        let room = self.width - at[0] - 14.0;
        let size = SIZE * (room / super::font::width(text, SIZE, true)).min(1.0);
        self.shapes.push(Shape::Text(Text {
            at,
            text: text.to_owned(),
            size,
            bold: true,
            anchor: Anchor::Start,
            upright: false,
            colour: INK,
        }));
    }

    /// Text that reads upwards, centred at `at`.
    pub(crate) fn upright(&mut self, at: [f64; 2], size: f64, colour: Colour, text: impl Into<String>) {
        self.shapes.push(Shape::Text(Text {
            at,
            text: text.into(),
            size,
            bold: false,
            anchor: Anchor::Middle,
            upright: true,
            colour,
        }));
    }
}
