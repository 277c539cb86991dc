//! Canvas to PNG.

use super::{
    PlotError,
    canvas::{Canvas, Colour, Image, Shape},
    font,
    palette::rgb,
};

/// An RGB picture under way.
struct Picture {
    width: usize,
    height: usize,
    scale: f64,
    bytes: Vec<u8>,
}

/// The canvas at `scale` pixels per point.
///
/// # Errors
/// [`PlotError::Encode`] if the PNG encoder fails.
pub(crate) fn to_png(canvas: &Canvas, scale: f64) -> Result<Vec<u8>, PlotError> {
    let (width, height) = ((canvas.width * scale) as usize, (canvas.height * scale) as usize);
    let mut picture = Picture { width, height, scale, bytes: vec![255; 3 * width * height] };
    for shape in &canvas.shapes {
        match shape {
            Shape::Fill(rect, colour) => picture.fill(*rect, *colour),
            Shape::Line(points, colour, width) => picture.line(points, *colour, *width),
            Shape::Disc(at, radius, colour) => picture.line(&[*at, *at], *colour, 2.0 * radius),
            Shape::Image(rect, image) => picture.image(*rect, image),
            Shape::Text(text) => font::draw(text, scale, |x, y, c| picture.blend(x, y, text.colour, c)),
        }
    }
    encode(width, height, png::ColorType::Rgb, None, &picture.bytes)
}

/// A PNG with an own colour table: a third of the bytes.
///
/// # Errors
/// [`PlotError::Encode`] if the PNG encoder fails.
pub(crate) fn indexed_png(image: &Image) -> Result<Vec<u8>, PlotError> {
    let palette: Vec<u8> = image.map.table().iter().flat_map(|&c| rgb(c)).collect();
    encode(image.cols, image.rows, png::ColorType::Indexed, Some(palette), &image.index)
}

fn encode(
    width: usize,
    height: usize,
    colour: png::ColorType,
    palette: Option<Vec<u8>>,
    bytes: &[u8],
) -> Result<Vec<u8>, PlotError> {
    let mut out = Vec::new();
    let mut encoder = png::Encoder::new(&mut out, width as u32, height as u32);
    encoder.set_color(colour);
    encoder.set_depth(png::BitDepth::Eight);
    encoder.set_compression(png::Compression::High);
    if let Some(palette) = palette {
        encoder.set_palette(palette);
    }
    let mut writer = encoder.write_header()?;
    writer.write_image_data(bytes)?;
    writer.finish()?;
    Ok(out)
}

impl Picture {
    fn blend(&mut self, x: i64, y: i64, colour: Colour, coverage: f64) {
        let (Ok(x), Ok(y)) = (usize::try_from(x), usize::try_from(y)) else { return };
        if x >= self.width || y >= self.height {
            return;
        }
        let coverage = coverage.clamp(0.0, 1.0);
        let at = 3 * (y * self.width + x);
        for (byte, new) in self.bytes[at..at + 3].iter_mut().zip(rgb(colour)) {
            *byte = (f64::from(*byte) + coverage * (f64::from(new) - f64::from(*byte))).round() as u8;
        }
    }

    /// Pixels touched by a box, clipped to the picture.
    fn pixels(&self, x0: f64, y0: f64, x1: f64, y1: f64) -> impl Iterator<Item = (i64, i64)> + use<> {
        let clip = |v: f64, end: usize| (v as i64).clamp(0, end as i64);
        let (left, right) = (clip(x0.floor(), self.width), clip(x1.ceil(), self.width));
        let (top, bottom) = (clip(y0.floor(), self.height), clip(y1.ceil(), self.height));
        (top..bottom).flat_map(move |y| (left..right).map(move |x| (x, y)))
    }

    fn fill(&mut self, rect: [f64; 4], colour: Colour) {
        let [x, y, w, h] = rect.map(|v| v * self.scale);
        for (i, j) in self.pixels(x, y, x + w, y + h) {
            let cover = overlap(i as f64, x, x + w) * overlap(j as f64, y, y + h);
            self.blend(i, j, colour, cover);
        }
    }

    /// A line with round ends and joins: the coverage of a pixel is its distance to the nearest segment.
    fn line(&mut self, points: &[[f64; 2]], colour: Colour, width: f64) {
        let radius = 0.5 * width * self.scale;
        let points: Vec<[f64; 2]> = points.iter().map(|p| p.map(|v| v * self.scale)).collect();
        // A pixel near a joint belongs to two segments but must be blended once.
        let mut cover = std::collections::BTreeMap::<(i64, i64), f64>::new();
        for pair in points.windows(2) {
            let ([ax, ay], [bx, by]) = (pair[0], pair[1]);
            let reach = radius + 1.0;
            let (x0, x1, y0, y1) =
                (ax.min(bx) - reach, ax.max(bx) + reach, ay.min(by) - reach, ay.max(by) + reach);
            for (i, j) in self.pixels(x0, y0, x1, y1) {
                let (px, py) = (i as f64 + 0.5, j as f64 + 0.5);
                let (dx, dy) = (bx - ax, by - ay);
                let length = dx * dx + dy * dy;
                let t = if length > 0.0 {
                    (((px - ax) * dx + (py - ay) * dy) / length).clamp(0.0, 1.0)
                } else {
                    0.0
                };
                let distance = (px - ax - t * dx).hypot(py - ay - t * dy);
                let c = (radius + 0.5 - distance).clamp(0.0, 1.0).min(2.0 * radius);
                if c > 0.0 {
                    let best = cover.entry((j, i)).or_insert(0.0);
                    *best = best.max(c);
                }
            }
        }
        for ((j, i), c) in cover {
            self.blend(i, j, colour, c);
        }
    }

    /// A field: every pixel takes the mean of what it covers, so cells have sharp edges and no moire.
    fn image(&mut self, rect: [f64; 4], image: &Image) {
        let [x, y, w, h] = rect.map(|v| v * self.scale);
        let table = image.map.table();
        for (i, j) in self.pixels(x, y, x + w, y + h) {
            let across = |p: f64, start: f64, size: f64, n: usize| {
                let to = |v: f64| ((v - start) / size * n as f64).clamp(0.0, n as f64);
                (to(p), to(p + 1.0))
            };
            let value = mean(image, across(i as f64, x, w, image.cols), across(j as f64, y, h, image.rows));
            let colour = table[(value.round() as usize).min(table.len() - 1)];
            self.blend(i, j, colour, overlap(i as f64, x, x + w) * overlap(j as f64, y, y + h));
        }
    }
}

/// How much of the pixel `[at, at + 1]` lies in `[from, to]`.
fn overlap(at: f64, from: f64, to: f64) -> f64 {
    ((at + 1.0).min(to) - at.max(from)).clamp(0.0, 1.0)
}

/// Mean index over a box of the image, in cells.
fn mean(image: &Image, (x0, x1): (f64, f64), (y0, y1): (f64, f64)) -> f64 {
    let (mut sum, mut weight) = (0.0, 0.0);
    for r in y0 as usize..(y1.ceil() as usize).clamp(1, image.rows) {
        for c in x0 as usize..(x1.ceil() as usize).clamp(1, image.cols) {
            let area = overlap(r as f64, y0, y1) * overlap(c as f64, x0, x1);
            sum += area * f64::from(image.index[r * image.cols + c]);
            weight += area;
        }
    }
    if weight > 0.0 { sum / weight } else { 0.0 }
}
