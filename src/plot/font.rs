//! The bundled font: measuring text and drawing its glyphs, without any font of the system.

use std::sync::OnceLock;

use ab_glyph::{Font, FontRef, ScaleFont, point};

use super::canvas::{Anchor, Text};

static BOOK: &[u8] = include_bytes!("font/DejaVuSans.ttf");
static BOLD: &[u8] = include_bytes!("font/DejaVuSans-Bold.ttf");

/// `None` only if the bundled file were damaged, which the tests rule out.
fn font(bold: bool) -> Option<&'static FontRef<'static>> {
    static FONTS: [OnceLock<Option<FontRef<'static>>>; 2] = [const { OnceLock::new() }; 2];
    FONTS[usize::from(bold)]
        .get_or_init(|| FontRef::try_from_slice(if bold { BOLD } else { BOOK }).ok())
        .as_ref()
}

/// The font's height units per em: `ab_glyph` scales by line height, everybody else by the em.
fn em_scale(font: &FontRef<'_>, size: f32) -> f32 {
    size * font.height_unscaled() / font.units_per_em().unwrap_or(2048.0)
}

/// Width of a text in points.
pub(crate) fn width(text: &str, size: f64, bold: bool) -> f64 {
    font(bold).map_or(0.0, |font| {
        let scaled = font.as_scaled(em_scale(font, size as f32));
        text.chars().map(|c| f64::from(scaled.h_advance(scaled.glyph_id(c)))).sum()
    })
}

/// Calls `pixel(x, y, coverage)` for every pixel that the text touches at `scale` pixels per point.
pub(crate) fn draw(text: &Text, scale: f64, mut pixel: impl FnMut(i64, i64, f64)) {
    let Some(font) = font(text.bold) else { return };
    let scaled = font.as_scaled(em_scale(font, (text.size * scale) as f32));
    let shift = match text.anchor {
        Anchor::Start => 0.0,
        Anchor::Middle => -0.5,
        Anchor::End => -1.0,
    } * width(&text.text, text.size, text.bold)
        * scale;
    let (x0, y0) = (text.at[0] * scale, text.at[1] * scale);
    // Upright text is drawn along its own axis and turned pixel by pixel: (along, across) -> (across, -along).
    let (mut along, across) = if text.upright { (shift - y0, x0) } else { (x0 + shift, y0) };
    for c in text.text.chars() {
        let id = scaled.glyph_id(c);
        let glyph = id.with_scale_and_position(scaled.scale(), point(along as f32, across as f32));
        if let Some(outline) = scaled.outline_glyph(glyph) {
            let bounds = outline.px_bounds();
            let (bx, by) = (bounds.min.x as i64, bounds.min.y as i64);
            outline.draw(|dx, dy, coverage| {
                let (u, v) = (bx + i64::from(dx), by + i64::from(dy));
                let (x, y) = if text.upright { (v, -u - 1) } else { (u, v) };
                pixel(x, y, f64::from(coverage));
            });
        }
        along += f64::from(scaled.h_advance(id));
    }
}
