//! Table and figures of the results, partial ones included.

use std::error::Error;
use std::fmt::Write;
use std::fs;
use std::path::{Path, PathBuf};

use sobolev::plot::{self, Line, Scale};

use super::comparison::group;
use super::comparison::study::Study;
use super::measures::Measures;
use super::models::COMPRESSIONS;

type Group = group::Group<Measures>;

/// Writes `OUT/table.md` and `OUT/figures`.
pub(crate) fn write(study: &Study<'_>) -> Result<(), Box<dyn Error>> {
    let groups = group::all(study)?;
    if groups.is_empty() {
        return Err(group::none(study.out));
    }
    let path = study.out.join("table.md");
    fs::write(&path, table(&groups)?)?;
    println!("{}", path.display());
    let figures = study.out.join("figures");
    let mut paths = compression_figure(&groups, &figures.join("claims_compression"))?;
    paths.extend(spectrum_figure(&groups, &figures.join("claims_spectra"))?);
    for path in paths {
        println!("{}", path.display());
    }
    Ok(())
}

fn table(groups: &[Group]) -> Result<String, std::fmt::Error> {
    let mut text = String::from(
        "| model | seeds | spectral numbers | all | compression | domain | L² (%) | H¹ (%) | spectrum (decades) | L² on the training set (%) | s an epoch | MiB |\n\
         |---|---|---|---|---|---|---|---|---|---|---|---|\n",
    );
    for g in groups {
        let first = &g.rows[0];
        let [seconds, memory] = g.costs();
        writeln!(
            text,
            "| {} | {} | {} | {} | {:.1} | {:.2} | {} | {} | {} | {} | {} | {} |",
            g.name,
            g.rows.len(),
            first.other.spectral_parameters,
            first.parameters,
            first.other.compression,
            first.other.domain_compression,
            g.text(100.0, 2, |r| r.relative_l2),
            g.text(100.0, 2, |r| r.relative_h1),
            g.text(1.0, 3, |r| r.other.spectrum_error),
            g.text(100.0, 2, |r| r.train_l2),
            seconds,
            memory,
        )?;
    }
    Ok(text)
}

const FORMS: [(&str, &str); 3] = [("tucker", "Tucker"), ("cp", "CP"), ("tt", "tensor train")];

/// The points of a line of the figure of compressions.
#[derive(Default)]
struct Points {
    name: &'static str,
    compression: Vec<f64>,
    error: Vec<f64>,
    deviation: Vec<f64>,
}

impl Points {
    /// Mean errors of the models that there are, in percent.
    fn of<'a>(name: &'static str, groups: impl Iterator<Item = &'a Group>) -> Self {
        let mut points = Self { name, ..Self::default() };
        for g in groups {
            let (mean, deviation) = g.statistics(|r| 100.0 * r.relative_l2);
            points.compression.push(g.rows[0].other.compression);
            points.error.push(mean);
            points.deviation.push(deviation);
        }
        points
    }

    fn line(&self, dots: bool) -> Line<'_> {
        Line { name: self.name, x: &self.compression, y: &self.error, spread: &self.deviation, dots }
    }
}

/// Error against compression, a panel for joint weights and one for weights per layer; the dense operator is the line across.
fn compression_figure(groups: &[Group], stem: &Path) -> Result<Vec<PathBuf>, Box<dyn Error>> {
    let find = |name: String| groups.iter().find(|g| g.name == name);
    let forms = |sharing: &str| {
        FORMS.map(|(word, form)| {
            let names = COMPRESSIONS.map(|c| format!("tfno-{word}-{sharing}-{c}"));
            Points::of(form, names.into_iter().filter_map(find))
        })
    };
    let (joint, layer) = (forms("joint"), forms("layer"));
    let mut dense = Points::of("dense FNO", COMPRESSIONS.iter().filter_map(|_| find("fno".into())));
    for (place, compression) in dense.compression.iter_mut().zip(COMPRESSIONS) {
        *place = compression as f64;
    }
    let panels =
        [("one tensor for all layers", &joint), ("one tensor a layer", &layer)].map(|(title, forms)| {
            (title, forms.iter().map(|p| p.line(true)).chain([dense.line(false)]).collect())
        });
    let x = Scale { name: "dense over factorised numbers of the spectral weights", log: true };
    let y = Scale { name: "relative L² error on the test set, %", log: false };
    Ok(plot::lines(stem, "Error against compression of the spectral weights", x, y, &panels)?)
}

/// Spectra of the truth and of some models' predictions and errors, of the first seed.
fn spectrum_figure(groups: &[Group], stem: &Path) -> Result<Vec<PathBuf>, Box<dyn Error>> {
    const SHOWN: [&str; 4] = ["fno", "tfno-tucker-joint-10", "tfno-tucker-joint-150", "mg-tfno-L1"];
    let shown: Vec<&Group> =
        SHOWN.iter().filter_map(|name| groups.iter().find(|g| g.name == *name)).collect();
    let Some(first) = shown.first() else { return Ok(vec![]) };
    let truth = &first.rows[0].other.spectrum.truth;
    let k: Vec<f64> = (1..=truth.len()).map(|k| k as f64).collect();
    let line = |name, y| Line { name, x: &k, y, spread: &[], dots: false };
    let mut predictions = vec![line("truth", truth)];
    let mut errors = vec![line("truth", truth)];
    for g in &shown {
        let spectrum = &g.rows[0].other.spectrum;
        predictions.push(line(&g.name, &spectrum.prediction));
        errors.push(line(&g.name, &spectrum.error));
    }
    let x = Scale { name: "wavenumber |k|", log: true };
    let y = Scale { name: "part of the mean square of the vorticity", log: true };
    let panels = [("predictions", predictions), ("errors", errors)];
    Ok(plot::lines(stem, "Spectra on the test set", x, y, &panels)?)
}
