//! Table and figure of the results, partial ones included.

use std::error::Error;
use std::fmt::Write;
use std::fs;
use std::path::{Path, PathBuf};

use sobolev::plot::{self, Line, Scale};

use super::comparison::group;
use super::measures::Measures;
use super::models;
use super::options::{Options, Plan};
use super::problems::Problem;

type Group = group::Group<Measures>;

/// Writes `OUT/table.md` and, of what `--time` has measured, the figures `OUT/errors_1` and `_2`.
pub(crate) fn write(options: &Options, plans: &[Plan<'_>]) -> Result<(), Box<dyn Error>> {
    let mut text = String::new();
    let mut panels = vec![];
    for plan in plans {
        let groups = group::all(&plan.study(&options.seeds)?)?;
        if !groups.is_empty() {
            text.push_str(&table(plan.problem, &groups)?);
            panels.push((plan.problem.name(), groups.iter().filter_map(Dot::of).collect::<Vec<_>>()));
        }
    }
    if text.is_empty() {
        return Err(group::none(&options.out));
    }
    text.push_str(NOTE);
    let path = options.out.join("table.md");
    fs::write(&path, text)?;
    println!("{}", path.display());
    panels.retain(|(_, dots)| !dots.is_empty());
    // Two problems fill the width of a page.
    for (i, panels) in panels.chunks(2).enumerate() {
        for path in figure(panels, &options.out.join(format!("errors_{}", i + 1)))? {
            println!("{}", path.display());
        }
    }
    Ok(())
}

/// A model in the figure.
struct Dot {
    name: String,
    seconds: f64,
    error: f64,
    deviation: f64,
}

impl Dot {
    /// None without a measured time.
    fn of(group: &Group) -> Option<Self> {
        let seconds = group.cost.as_ref()?.seconds_per_epoch;
        let (error, deviation) = group.statistics(|r| 100.0 * r.relative_l2);
        Some(Self { name: models::label(&group.name).to_owned(), seconds, error, deviation })
    }

    fn line(&self) -> Line<'_> {
        let one = std::slice::from_ref;
        Line {
            name: &self.name,
            x: one(&self.seconds),
            y: one(&self.error),
            spread: one(&self.deviation),
            dots: true,
        }
    }
}

/// Error against the time of an epoch, a panel for each problem.
fn figure(panels: &[(&str, Vec<Dot>)], stem: &Path) -> Result<Vec<PathBuf>, plot::PlotError> {
    let panels: Vec<(&str, Vec<Line<'_>>)> =
        panels.iter().map(|(name, dots)| (*name, dots.iter().map(Dot::line).collect())).collect();
    let x = Scale { name: "seconds an epoch", log: true };
    let y = Scale { name: "relative L² error on the test set, %", log: true };
    plot::lines(stem, "Error against time of training", x, y, &panels)
}

const NOTE: &str = "Errors in percent, relative, means over the test set; ± is the standard deviation over the seeds. H¹ is the norm with difference \
quotients; the spectral one has wavenumbers without the factor 2π and no slopes of those from 20 on, and is the H¹ norm of the paper for \
Darcy flow. The gap is the L² error on the test set less that on the training set, in percentage points. ¹ He, Liu, Xu, ICLR 2024, tables 1 \
to 3, as other works quote them: other data, more of them, and longer training.\n";

fn table(problem: Problem, groups: &[Group]) -> Result<String, std::fmt::Error> {
    let flow = groups.iter().any(|g| g.rows.iter().any(|r| r.other.rollout_l2.is_some()));
    let mut names = vec!["model", "seeds", "parameters", "L²", "H¹", "spectral H¹"];
    if flow {
        names.push("L² over ten steps");
    }
    names.extend(["L² on the training set", "gap", "s an epoch", "MiB"]);
    let mut text = format!("## {}\n\n", problem.name());
    row(&mut text, &names.iter().map(ToString::to_string).collect::<Vec<_>>())?;
    row(&mut text, &vec!["---".to_owned(); names.len()])?;
    for g in groups {
        let mut cells = vec![
            models::label(&g.name).to_owned(),
            g.rows.len().to_string(),
            g.rows[0].parameters.to_string(),
            g.text(100.0, 2, |r| r.relative_l2),
            g.text(100.0, 2, |r| r.relative_h1),
            g.text(100.0, 2, |r| r.other.spectral_h1),
        ];
        if flow {
            cells.push(g.text(100.0, 2, |r| r.other.rollout_l2.unwrap_or(f64::NAN)));
        }
        cells.push(g.text(100.0, 2, |r| r.train_l2));
        cells.push(g.text(100.0, 2, |r| r.relative_l2 - r.train_l2));
        cells.extend(g.costs());
        row(&mut text, &cells)?;
    }
    let published = problem.published();
    let say = |error: Option<f64>| error.map_or_else(|| "–".to_owned(), |e| e.to_string());
    let none = || "–".to_owned();
    let mut cells = vec!["MgNO, published¹".to_owned(), none(), published.parameters.to_owned()];
    cells.extend([published.l2, published.h1, published.spectral_h1].map(say));
    if flow {
        cells.push(say(published.rollout));
    }
    cells.resize_with(names.len(), none);
    row(&mut text, &cells)?;
    writeln!(text, "\nPublished: {}.\n", published.setting)?;
    Ok(text)
}

fn row(text: &mut String, cells: &[String]) -> std::fmt::Result {
    writeln!(text, "| {} |", cells.join(" | "))
}
