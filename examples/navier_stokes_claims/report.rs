//! Table and figures of the results, partial ones included.

use std::error::Error;
use std::fmt::Write;
use std::fs;
use std::path::PathBuf;

use sobolev::plot::{self, Line, Scale};

use super::models::{self, COMPRESSIONS};
use super::options::Options;
use super::results::{self, Cost, Row};

/// The rows of one model under several seeds.
struct Group {
    name: String,
    rows: Vec<Row>,
    cost: Option<Cost>,
}

impl Group {
    /// Mean and standard deviation over the seeds; none without a row, no deviation with one.
    fn statistics(&self, value: impl Fn(&Row) -> f64) -> (f64, f64) {
        let n = self.rows.len() as f64;
        let mean = self.rows.iter().map(&value).sum::<f64>() / n;
        let squares = self.rows.iter().map(|r| (value(r) - mean).powi(2)).sum::<f64>();
        (mean, if self.rows.len() > 1 { (squares / (n - 1.0)).sqrt() } else { 0.0 })
    }

    /// "12.3 ± 0.4", of `value` times `scale`.
    fn text(&self, scale: f64, digits: usize, value: impl Fn(&Row) -> f64) -> String {
        let (mean, deviation) = self.statistics(value);
        let (mean, deviation) = (scale * mean, scale * deviation);
        if self.rows.len() > 1 {
            format!("{mean:.digits$} ± {deviation:.digits$}")
        } else {
            format!("{mean:.digits$}")
        }
    }
}

/// Writes `OUT/table.md` and `OUT/figures`.
pub(crate) fn write(options: &Options) -> Result<(), Box<dyn Error>> {
    let rows: Vec<Row> = results::read(&options.out.join("results.jsonl"))?;
    let costs: Vec<Cost> = results::read(&options.out.join("costs.jsonl"))?;
    let group = |name: String| Group {
        rows: rows.iter().filter(|r| r.model == name && options.seeds.contains(&r.seed)).cloned().collect(),
        cost: costs.iter().find(|c| c.model == name).cloned(),
        name,
    };
    let names = models::all(&options.budget).into_iter().map(|e| e.name);
    let groups: Vec<Group> = names.map(group).filter(|g| !g.rows.is_empty()).collect();
    if groups.is_empty() {
        return Err(format!("{}: no results yet; run without --table first", options.out.display()).into());
    }
    let path = options.out.join("table.md");
    fs::write(&path, table(&groups)?)?;
    println!("{}", path.display());
    let figures = options.out.join("figures");
    let mut paths = compression_figure(&groups, figures.join("claims_compression"))?;
    paths.extend(spectrum_figure(&groups, figures.join("claims_spectra"))?);
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
        let cost = |value: fn(&Cost) -> Option<f64>, digits: usize| {
            g.cost.as_ref().and_then(value).map_or_else(|| "–".to_owned(), |v| format!("{v:.digits$}"))
        };
        writeln!(
            text,
            "| {} | {} | {} | {} | {:.1} | {:.2} | {} | {} | {} | {} | {} | {} |",
            g.name,
            g.rows.len(),
            first.spectral_parameters,
            first.parameters,
            first.compression,
            first.domain_compression,
            g.text(100.0, 2, |r| r.relative_l2),
            g.text(100.0, 2, |r| r.relative_h1),
            g.text(1.0, 3, |r| r.spectrum_error),
            g.text(100.0, 2, |r| r.train_l2),
            cost(|c| Some(c.seconds_per_epoch), 2),
            cost(|c| c.peak_mib, 0),
        )?;
    }
    Ok(text)
}

const FORMS: [(&str, &str); 3] = [("tucker", "Tucker"), ("cp", "CP"), ("tt", "tensor train")];

/// Error against compression, a panel for joint weights and one for weights per layer; the dense operator is the line across.
fn compression_figure(groups: &[Group], stem: PathBuf) -> Result<Vec<PathBuf>, Box<dyn Error>> {
    let find = |name: &str| groups.iter().find(|g| g.name == name);
    let points = |g: &Group| {
        let (mean, deviation) = g.statistics(|r| 100.0 * r.relative_l2);
        [g.rows[0].compression, mean, deviation]
    };
    // Columns x, y, spread of each line.
    let mut panels: Vec<(&str, Vec<(&str, [Vec<f64>; 3])>)> = vec![];
    for (sharing, title) in [("joint", "one tensor for all layers"), ("layer", "one tensor a layer")] {
        let mut lines = vec![];
        for (word, form) in FORMS {
            let mut columns: [Vec<f64>; 3] = Default::default();
            for compression in COMPRESSIONS {
                if let Some(g) = find(&format!("tfno-{word}-{sharing}-{compression}")) {
                    columns.iter_mut().zip(points(g)).for_each(|(c, v)| c.push(v));
                }
            }
            lines.push((form, columns));
        }
        if let Some([_, mean, deviation]) = find("fno").map(points) {
            let ends = COMPRESSIONS.map(|c| c as f64);
            lines.push(("dense FNO", [ends.to_vec(), vec![mean; ends.len()], vec![deviation; ends.len()]]));
        }
        panels.push((title, lines));
    }
    let panels: Vec<(&str, Vec<Line<'_>>)> = panels
        .iter()
        .map(|(title, lines)| {
            let lines = lines.iter().map(|(name, [x, y, spread])| Line {
                name,
                x,
                y,
                spread,
                dots: *name != "dense FNO",
            });
            (*title, lines.collect())
        })
        .collect();
    let x = Scale { name: "dense over factorised numbers of the spectral weights", log: true };
    let y = Scale { name: "relative L² error on the test set, %", log: false };
    Ok(plot::lines(&stem, "Error against compression of the spectral weights", x, y, &panels)?)
}

/// Spectra of the truth and of some models' predictions and errors, of the first seed.
fn spectrum_figure(groups: &[Group], stem: PathBuf) -> Result<Vec<PathBuf>, Box<dyn Error>> {
    const SHOWN: [&str; 4] = ["fno", "tfno-tucker-joint-10", "tfno-tucker-joint-150", "mg-tfno-L1"];
    let shown: Vec<&Group> =
        SHOWN.iter().filter_map(|name| groups.iter().find(|g| g.name == *name)).collect();
    let Some(first) = shown.first() else { return Ok(vec![]) };
    let truth = &first.rows[0].spectrum.truth;
    let k: Vec<f64> = (1..=truth.len()).map(|k| k as f64).collect();
    let line = |name, y| Line { name, x: &k, y, spread: &[], dots: false };
    let mut predictions = vec![line("truth", truth)];
    let mut errors = vec![line("truth", truth)];
    for g in &shown {
        let spectrum = &g.rows[0].spectrum;
        predictions.push(line(&g.name, &spectrum.prediction));
        errors.push(line(&g.name, &spectrum.error));
    }
    let x = Scale { name: "wavenumber |k|", log: true };
    let y = Scale { name: "part of the mean square of the vorticity", log: true };
    let panels = [("predictions", predictions), ("errors", errors)];
    Ok(plot::lines(&stem, "Spectra on the test set", x, y, &panels)?)
}
