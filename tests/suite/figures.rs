//! Figures: the right files, the right size, and pixels where they belong.

use std::{fs, path::Path};

use sobolev::plot::{
    self, BandSeries, Field, History, Line, PlotError, Profile, Quantity, Sample, Scale, Span,
};

const COEFFICIENT: Quantity<'_> = Quantity { name: "coefficient", symbol: "a", unit: "" };
const SOLUTION: Quantity<'_> = Quantity { name: "solution", symbol: "u", unit: "" };

fn field(n: usize, f: impl Fn(f32, f32) -> f32) -> Vec<f32> {
    let at = |i: usize| i as f32 / (n - 1) as f32;
    (0..n * n).map(|i| f(at(i % n), at(i / n))).collect()
}

/// Width, height and RGB bytes of a PNG.
fn read_png(path: &Path) -> (usize, usize, Vec<u8>) {
    let mut reader =
        png::Decoder::new(std::io::BufReader::new(fs::File::open(path).unwrap())).read_info().unwrap();
    let mut bytes = vec![0; reader.output_buffer_size().unwrap()];
    let info = reader.next_frame(&mut bytes).unwrap();
    assert_eq!(info.color_type, png::ColorType::Rgb);
    (info.width as usize, info.height as usize, bytes)
}

#[test]
fn sample_figure_stays_small_and_names_the_error() {
    let folder = tempfile::tempdir().unwrap();
    // 256 x 256 noise-like fields: nothing compresses, the worst case for the SVG.
    let n = 256;
    let rough = field(n, |x, y| (1e4 * (x * 12.9898 + y * 78.233).sin()).fract());
    let truth = field(n, |x, y| 1.0 + x * y);
    let prediction: Vec<f32> = truth.iter().map(|v| 1.02 * v).collect();
    let of = |values| Field { values, rows: n, cols: n };
    let row = Sample { name: "sample", input: of(&rough), truth: of(&truth), prediction: of(&prediction) };
    let paths = plot::samples(&folder.path().join("s"), "title", &COEFFICIENT, &SOLUTION, &[row; 3]).unwrap();
    let svg = fs::read_to_string(&paths[0]).unwrap();
    assert!(svg.len() < 200_000, "{} bytes", svg.len());
    assert!(svg.contains("relative L\u{b2} error 2.00\u{a0}%"), "the error of every sample is in its title");
    assert_eq!(svg.matches("<image").count(), 3 * (4 + 3), "four fields and three colour bars in every row");
    let (w, h, _) = read_png(&paths[1]);
    let size =
        |name: &str| svg.split(&format!(" {name}=\"")).nth(1).unwrap().split('"').next().unwrap().to_owned();
    assert_eq!(size("width").parse::<f64>().unwrap() * 2.0, w as f64);
    assert_eq!(size("height").parse::<f64>().unwrap() * 2.0, h as f64);
    assert!(fs::read_dir(folder.path()).unwrap().count() == 2, "no partial file is left");
}

#[test]
fn fields_stand_upright_and_errors_are_centred_on_white() {
    let folder = tempfile::tempdir().unwrap();
    let n = 32;
    // Yellow (high) in the upper half of the coefficient, an error in the left half of the prediction only.
    let a = field(n, |_, y| if y > 0.5 { 1.0 } else { 0.0 });
    let u = field(n, |x, _| 1.0 + x);
    let p = field(n, |x, _| 1.0 + x + if x < 0.5 { 0.1 } else { 0.0 });
    let of = |values| Field { values, rows: n, cols: n };
    let row = Sample { name: "s", input: of(&a), truth: of(&u), prediction: of(&p) };
    let paths = plot::samples(&folder.path().join("s"), "t", &COEFFICIENT, &SOLUTION, &[row]).unwrap();
    let svg = fs::read_to_string(&paths[0]).unwrap();
    let (w, _, bytes) = read_png(&paths[1]);
    let frames: Vec<[f64; 4]> = svg
        .lines()
        .filter(|l| l.starts_with("<image"))
        .map(|l| {
            ["x", "y", "width", "height"].map(|k| {
                l.split(&format!("{k}=\"")).nth(1).unwrap().split('"').next().unwrap().parse().unwrap()
            })
        })
        .collect();
    let pixel = |frame: [f64; 4], x: f64, y: f64| {
        let (px, py) = (2.0 * (frame[0] + x * frame[2]), 2.0 * (frame[1] + (1.0 - y) * frame[3]));
        let at = 3 * (py as usize * w + px as usize);
        [bytes[at], bytes[at + 1], bytes[at + 2]]
    };
    let fields: Vec<_> = frames.into_iter().filter(|f| f[2] > 50.0).collect();
    assert_eq!(fields.len(), 4);
    assert_eq!(
        pixel(fields[0], 0.5, 0.8),
        [0xfd, 0xe7, 0x25],
        "the top of the coefficient has viridis' last colour"
    );
    assert_eq!(pixel(fields[0], 0.5, 0.2), [0x44, 0x01, 0x54], "the bottom its first");
    assert_eq!(pixel(fields[3], 0.8, 0.5), [247, 247, 247], "no error is white");
    let [r, _, b] = pixel(fields[3], 0.2, 0.5);
    assert!(r > b, "a positive error is red");
}

#[test]
fn history_and_bands_take_gaps_and_refuse_wrong_lengths() {
    let folder = tempfile::tempdir().unwrap();
    let stem = folder.path().join("h");
    let (loss, valid, rate) = ([0.5, 0.1, 0.02], [f64::NAN, 0.2, 0.03], [1e-3, 2e-3, 1e-4]);
    let history = History { train_loss: &loss, validation: &valid, learning_rate: &rate };
    let paths = plot::history(&stem, "t", &history).unwrap();
    let svg = fs::read_to_string(&paths[0]).unwrap();
    assert!(svg.contains("validation (best 3.00\u{a0}%)") && !svg.contains("NaN"));
    let short = History { learning_rate: &rate[..2], ..history };
    assert!(matches!(plot::history(&stem, "t", &short), Err(PlotError::Shape { expected: 3, found: 2, .. })));
    let none = History { train_loss: &[], validation: &[], learning_rate: &[] };
    assert!(matches!(plot::history(&stem, "t", &none), Err(PlotError::Shape { .. })));
    let one = History { train_loss: &loss[..1], validation: &[], learning_rate: &[] };
    assert!(plot::history(&stem, "t", &one).is_ok(), "one epoch is a figure too");

    let edges = [0.0, 1.0, 2.0, 4.0];
    let series = [BandSeries { name: "a", error: &[0.0, 0.01, 0.3] }];
    let paths = plot::bands(&stem, "t", &edges, &series).unwrap();
    let svg = fs::read_to_string(&paths[0]).unwrap();
    assert!(svg.contains(">2\u{2013}3<") && svg.contains("1.00\u{a0}%") && !svg.contains("NaN"));
    let wrong = [BandSeries { name: "a", error: &[0.1] }];
    assert!(matches!(
        plot::bands(&stem, "t", &edges, &wrong),
        Err(PlotError::Shape { expected: 3, found: 1, .. })
    ));
}

#[test]
fn an_unwritable_place_is_named() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("file"), "").unwrap();
    let stem = folder.path().join("file").join("figure");
    let history = History { train_loss: &[0.1], validation: &[], learning_rate: &[] };
    let error = plot::history(&stem, "t", &history).unwrap_err();
    assert!(matches!(&error, PlotError::Write { .. }) && error.to_string().contains("figure.svg"), "{error}");
}

#[test]
fn constant_and_non_finite_fields_are_drawn() {
    let folder = tempfile::tempdir().unwrap();
    let (zero, nan) = ([0.0f32; 4], [f32::NAN; 4]);
    let of = |values| Field { values, rows: 2, cols: 2 };
    let row = Sample { name: "s", input: of(&zero), truth: of(&zero), prediction: of(&nan) };
    plot::samples(&folder.path().join("s"), "t", &COEFFICIENT, &SOLUTION, &[row]).unwrap();
    let short = Sample { truth: Field { values: &zero[..3], rows: 2, cols: 2 }, ..row };
    let error = plot::samples(&folder.path().join("s"), "t", &COEFFICIENT, &SOLUTION, &[short]).unwrap_err();
    assert_eq!(error.to_string(), "truth: expected 4 values, found 3");
}

#[test]
fn fields_carry_the_ends_of_their_axes_and_profiles_their_names() {
    let folder = tempfile::tempdir().unwrap();
    let values = field(8, |x, y| x + y);
    let of = Field { values: &values, rows: 8, cols: 8 };
    let spans = [Span { name: "t", lo: 0.0, hi: 150.0 }, Span { name: "x", lo: -1.25, hi: 2.0 }];
    let paths =
        plot::fields(&folder.path().join("f"), "t", spans, &[SOLUTION], &[("sample 1", vec![of])]).unwrap();
    let svg = fs::read_to_string(&paths[0]).unwrap();
    for text in [">150<", ">\u{2212}1.25<", ">2<", ">t<", ">x<"] {
        assert!(svg.contains(text), "{text} is missing");
    }
    let profile = |name, values| Profile { name, values };
    let rows = [("sample 1", vec![profile("t = 0", &values[..8]), profile("t = 1", &values[8..16])])];
    let paths = plot::profiles(&folder.path().join("p"), "title", Span::unit("x"), &rows).unwrap();
    let svg = fs::read_to_string(&paths[0]).unwrap();
    assert!(svg.contains(">t = 0<") && svg.contains(">t = 1<") && svg.contains(">0.2<"));
    let short = [("sample 1", vec![profile("t = 0", &values[..1])])];
    let error = plot::profiles(&folder.path().join("p"), "title", Span::unit("x"), &short).unwrap_err();
    assert_eq!(error.to_string(), "profile: expected 2 values, found 1");
}

#[test]
fn lines_share_their_axes_show_their_spread_and_refuse_wrong_lengths() {
    let folder = tempfile::tempdir().unwrap();
    let stem = folder.path().join("l");
    let (x, y, spread) = ([1.0, 10.0, 100.0], [0.1, f64::NAN, 0.001], [0.2, 0.1, 0.0]);
    let line = Line { name: "a", x: &x, y: &y, spread: &spread, dots: true };
    let other = Line { name: "b", y: &[0.01, 0.02, 0.04], spread: &[], dots: false, ..line };
    let (along, up) = (Scale { name: "place", log: true }, Scale { name: "value", log: true });
    let panels = [("left", vec![line, other]), ("right", vec![other])];
    let svg = fs::read_to_string(&plot::lines(&stem, "t", along, up, &panels).unwrap()[0]).unwrap();
    for text in [">left<", ">right<", ">a<", ">b<", ">100<", ">0.01<"] {
        assert!(svg.contains(text), "{text} is missing");
    }
    assert!(!svg.contains("NaN") && !svg.contains("inf"), "gaps and bars below zero have a place nowhere");
    assert_eq!(svg.matches(">value<").count(), 1, "the axis that panels share is named once");
    // Two dots of the first line (its second value is none), none of the others.
    assert_eq!(svg.matches("r=\"3.6\"").count(), 2);
    assert_eq!(svg.matches("<circle").count(), 4, "a point without a neighbour is a dot of the line too");
    let short = [("", vec![Line { y: &y[..2], ..line }])];
    let error = plot::lines(&stem, "t", along, up, &short).unwrap_err();
    assert_eq!(error.to_string(), "values of a line: expected 3 values, found 2");
    let short = [("", vec![Line { spread: &spread[..1], ..line }])];
    let error = plot::lines(&stem, "t", along, up, &short).unwrap_err();
    assert_eq!(error.to_string(), "spread of a line: expected 3 values, found 1");
    let none = [("", vec![Line { name: "a", x: &[], y: &[], spread: &[], dots: true }])];
    assert!(matches!(plot::lines(&stem, "t", along, up, &none), Err(PlotError::Shape { .. })));
}
