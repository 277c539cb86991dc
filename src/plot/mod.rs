//! Figures for people: what a model did, as SVG and PNG.
//!
//! Every function takes plain slices and a path without extension, writes `NAME.svg` and `NAME.png` (two pixels per
//! point) and returns both paths. Fonts are bundled; nothing of the system is used.
//!
//! | file | holds |
//! |---|---|
//! | `samples.rs` | coefficient, truth, prediction, error: one row per sample |
//! | `curves.rs` | training history |
//! | `bands.rs` | error by frequency band |
//! | `fields.rs` | fields of a data set: one row per sample |
//! | `profiles.rs` | functions of one variable: one plot per sample |
//! | `lines.rs` | lines over a common axis, linear or logarithmic, in panels |
//! | `axes.rs`, `scale.rs`, `limits.rs` | framed axes; ticks and numbers; colour limits and bars |
//! | `canvas.rs` | a drawing as a list of shapes |
//! | `svg.rs`, `raster.rs`, `font.rs` | that list as SVG, as PNG; glyphs |
//! | `palette.rs` | colour tables |
//!
//! The drawing layer is our own because the same list of shapes then gives both files with the same layout: general
//! plotting crates place text differently in bitmaps and in SVG, and draw wide bitmap lines without smoothing.

mod axes;
mod bands;
mod canvas;
mod curves;
mod fields;
mod font;
mod limits;
mod lines;
mod palette;
mod profiles;
mod raster;
mod samples;
mod scale;
mod svg;

use std::{
    fs,
    io::Write,
    path::{Path, PathBuf},
};

pub use bands::BandSeries;
pub use curves::History;
pub use lines::{Line, Scale};
pub use profiles::Profile;
pub use samples::Sample;

/// Pixels per point of the PNG.
const PNG_SCALE: f64 = 2.0;

/// Why a figure could not be made.
#[non_exhaustive]
#[derive(Debug, thiserror::Error)]
pub enum PlotError {
    /// A slice has another length than its shape says.
    #[error("{what}: expected {expected} values, found {found}")]
    Shape {
        /// Which argument.
        what: &'static str,
        /// Values expected.
        expected: usize,
        /// Values given.
        found: usize,
    },
    /// The picture could not be encoded.
    #[error("cannot encode the picture: {0}")]
    Encode(#[from] png::EncodingError),
    /// The file could not be written.
    #[error("cannot write {path}: {source}")]
    Write {
        /// The file.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
}

/// A scalar field on a regular grid, `[y, x]`, x fastest.
#[derive(Clone, Copy, Debug)]
pub struct Field<'a> {
    /// The values.
    pub values: &'a [f32],
    /// Points along y.
    pub rows: usize,
    /// Points along x.
    pub cols: usize,
}

impl Field<'_> {
    fn check(&self, what: &'static str) -> Result<(), PlotError> {
        let expected = self.rows * self.cols;
        if expected == 0 || self.values.len() != expected {
            return Err(PlotError::Shape { what, expected: expected.max(1), found: self.values.len() });
        }
        Ok(())
    }

    /// Smallest and largest finite value.
    fn range(&self) -> (f64, f64) {
        let finite = self.values.iter().copied().filter(|v| v.is_finite());
        let (lo, hi) = finite.fold((f32::INFINITY, f32::NEG_INFINITY), |(lo, hi), v| (lo.min(v), hi.max(v)));
        if lo <= hi { (f64::from(lo), f64::from(hi)) } else { (0.0, 0.0) }
    }
}

/// An axis of a field: its name, and the coordinates of its ends.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Span<'a> {
    /// Name: "x".
    pub name: &'a str,
    /// Left or lower end.
    pub lo: f64,
    /// Right or upper end.
    pub hi: f64,
}

impl<'a> Span<'a> {
    /// From 0 to 1.
    pub fn unit(name: &'a str) -> Self {
        Self { name, lo: 0.0, hi: 1.0 }
    }
}

/// What a field measures.
#[derive(Clone, Copy, Debug)]
pub struct Quantity<'a> {
    /// In words: "coefficient".
    pub name: &'a str,
    /// The symbol: "a".
    pub symbol: &'a str,
    /// The unit; empty for a number without dimension.
    pub unit: &'a str,
}

impl Quantity<'_> {
    fn unit_label(&self) -> String {
        if self.unit.is_empty() { String::new() } else { format!("[{}]", self.unit) }
    }
}

/// Rows of input | truth | prediction | error. Truth and prediction share their limits (those of the truth); the error
/// has its own map centred on zero. The title of a row gives the relative L2 error of the sample.
///
/// # Errors
/// [`PlotError::Shape`] for slices that do not fit their shapes, [`PlotError::Write`] for an unwritable place.
pub fn samples(
    stem: &Path,
    title: &str,
    input: &Quantity<'_>,
    output: &Quantity<'_>,
    samples: &[Sample<'_>],
) -> Result<Vec<PathBuf>, PlotError> {
    save(stem, &samples::canvas(title, input, output, samples)?)
}

/// Rows of fields, each with its own limits: one row per sample, one column per quantity; all over the same `[y, x]` axes.
///
/// # Errors
/// [`PlotError::Shape`] for slices that do not fit their shapes, [`PlotError::Write`] for an unwritable place.
pub fn fields(
    stem: &Path,
    title: &str,
    spans: [Span<'_>; 2],
    quantities: &[Quantity<'_>],
    rows: &[(&str, Vec<Field<'_>>)],
) -> Result<Vec<PathBuf>, PlotError> {
    save(stem, &fields::canvas(title, spans, quantities, rows)?)
}

/// Functions of one variable: a plot per sample, with a line per profile.
///
/// # Errors
/// [`PlotError::Shape`] for a sample without a profile or a profile without two values, [`PlotError::Write`] for an unwritable place.
pub fn profiles(
    stem: &Path,
    title: &str,
    x: Span<'_>,
    rows: &[(&str, Vec<Profile<'_>>)],
) -> Result<Vec<PathBuf>, PlotError> {
    save(stem, &profiles::canvas(title, x, rows)?)
}

/// Lines over a common axis, linear or logarithmic: panels side by side with the same limits.
///
/// # Errors
/// [`PlotError::Shape`] for a line with other numbers of values than places, or no value at all; [`PlotError::Write`] for an
/// unwritable place.
pub fn lines(
    stem: &Path,
    title: &str,
    x: Scale<'_>,
    y: Scale<'_>,
    panels: &[(&str, Vec<Line<'_>>)],
) -> Result<Vec<PathBuf>, PlotError> {
    save(stem, &lines::canvas(title, x, y, panels)?)
}

/// Loss and validation error over the epochs on a logarithmic axis, the learning rate below.
///
/// # Errors
/// [`PlotError::Shape`] for slices of different lengths or none, [`PlotError::Write`] for an unwritable place.
pub fn history(stem: &Path, title: &str, history: &History<'_>) -> Result<Vec<PathBuf>, PlotError> {
    save(stem, &curves::canvas(title, history)?)
}

/// Relative error in bands of the wavenumber: band `b` holds `edges[b] <= |k| < edges[b + 1]`.
///
/// # Errors
/// [`PlotError::Shape`] for slices of other lengths than `edges.len() - 1`, [`PlotError::Write`] for an unwritable place.
pub fn bands(
    stem: &Path,
    title: &str,
    edges: &[f64],
    series: &[BandSeries<'_>],
) -> Result<Vec<PathBuf>, PlotError> {
    save(stem, &bands::canvas(title, edges, series)?)
}

/// Both files, each complete or absent under its final name.
fn save(stem: &Path, canvas: &canvas::Canvas) -> Result<Vec<PathBuf>, PlotError> {
    let svg = svg::to_svg(canvas)?.into_bytes();
    let png = raster::to_png(canvas, PNG_SCALE)?;
    let mut paths = Vec::new();
    for (extension, bytes) in [("svg", svg), ("png", png)] {
        let path = stem.with_extension(extension);
        write(&path, &bytes).map_err(|source| PlotError::Write { path: path.clone(), source })?;
        paths.push(path);
    }
    Ok(paths)
}

fn write(path: &Path, bytes: &[u8]) -> std::io::Result<()> {
    if let Some(folder) = path.parent() {
        fs::create_dir_all(folder)?;
    }
    let mut name = path.as_os_str().to_owned();
    name.push(".partial");
    let partial = PathBuf::from(name);
    let written = fs::File::create(&partial).and_then(|mut file| {
        file.write_all(bytes)?;
        file.sync_all()?;
        fs::rename(&partial, path)
    });
    if written.is_err() {
        // The disk may be full: half a picture must not stay.
        let _ = fs::remove_file(&partial);
    }
    written
}
