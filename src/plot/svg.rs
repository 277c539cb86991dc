//! Canvas to SVG.

use std::fmt::Write;

use base64::{Engine, engine::general_purpose::STANDARD};

use super::{
    PlotError,
    canvas::{Anchor, Canvas, Image, Shape, Text},
    raster::indexed_png,
};

/// Fields are embedded at this many cells a side at most: twelve of them stay below 200 kB even if nothing compresses.
const MAX_CELLS: usize = 96;

/// The canvas as an SVG document.
///
/// # Errors
/// [`PlotError::Encode`] if a field cannot be encoded.
pub(crate) fn to_svg(canvas: &Canvas) -> Result<String, PlotError> {
    let (w, h) = (canvas.width, canvas.height);
    let mut out = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{w}\" height=\"{h}\" viewBox=\"0 0 {w} {h}\" \
         font-family=\"'DejaVu Sans', Verdana, sans-serif\">\n"
    );
    for shape in &canvas.shapes {
        match shape {
            Shape::Fill([x, y, w, h], c) => line(
                &mut out,
                format_args!(
                    "<rect x=\"{x:.2}\" y=\"{y:.2}\" width=\"{w:.2}\" height=\"{h:.2}\" fill=\"#{c:06x}\"/>"
                ),
            ),
            Shape::Line(points, c, width) => {
                let path: Vec<String> = points.iter().map(|[x, y]| format!("{x:.2},{y:.2}")).collect();
                line(
                    &mut out,
                    format_args!(
                        "<polyline points=\"{}\" fill=\"none\" stroke=\"#{c:06x}\" stroke-width=\"{width}\" \
                         stroke-linejoin=\"round\"/>",
                        path.join(" ")
                    ),
                );
            }
            Shape::Disc([x, y], r, c) => {
                line(
                    &mut out,
                    format_args!("<circle cx=\"{x:.2}\" cy=\"{y:.2}\" r=\"{r}\" fill=\"#{c:06x}\"/>"),
                );
            }
            Shape::Image([x, y, w, h], image) => {
                let data = STANDARD.encode(indexed_png(&coarsen(image))?);
                line(
                    &mut out,
                    format_args!(
                        "<image x=\"{x:.2}\" y=\"{y:.2}\" width=\"{w:.2}\" height=\"{h:.2}\" preserveAspectRatio=\"none\" \
                         style=\"image-rendering:pixelated\" href=\"data:image/png;base64,{data}\"/>"
                    ),
                );
            }
            Shape::Text(t) => text(&mut out, t),
        }
    }
    out.push_str("</svg>\n");
    Ok(out)
}

fn text(out: &mut String, t: &Text) {
    let [x, y] = t.at;
    let anchor = match t.anchor {
        Anchor::Start => "start",
        Anchor::Middle => "middle",
        Anchor::End => "end",
    };
    let turn = if t.upright { format!(" transform=\"rotate(-90 {x:.2} {y:.2})\"") } else { String::new() };
    let weight = if t.bold { " font-weight=\"bold\"" } else { "" };
    let body = t.text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;");
    line(
        out,
        format_args!(
            "<text x=\"{x:.2}\" y=\"{y:.2}\" font-size=\"{}\" text-anchor=\"{anchor}\" fill=\"#{:06x}\"{weight}{turn}>{body}</text>",
            t.size, t.colour
        ),
    );
}

fn line(out: &mut String, text: std::fmt::Arguments<'_>) {
    // Writing into a String does not fail.
    let _ = writeln!(out, "{text}");
}

/// The image with at most [`MAX_CELLS`] cells a side: means over whole blocks.
fn coarsen(image: &Image) -> Image {
    let step = |n: usize| n.div_ceil(MAX_CELLS).max(1);
    // A colour bar is one cell wide and keeps its length.
    if image.cols == 1 {
        return image.clone();
    }
    let (sr, sc) = (step(image.rows), step(image.cols));
    let (rows, cols) = (image.rows.div_ceil(sr), image.cols.div_ceil(sc));
    let mut index = Vec::with_capacity(rows * cols);
    for r in 0..rows {
        for c in 0..cols {
            let (mut sum, mut n) = (0u32, 0u32);
            for i in r * sr..((r + 1) * sr).min(image.rows) {
                for j in c * sc..((c + 1) * sc).min(image.cols) {
                    sum += u32::from(image.index[i * image.cols + j]);
                    n += 1;
                }
            }
            index.push(((sum + n / 2) / n.max(1)) as u8);
        }
    }
    Image { index, rows, cols, map: image.map }
}
