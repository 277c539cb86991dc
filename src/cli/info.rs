//! `sobolev info`: what a data set, a data file or a run holds.

use std::path::{Path, PathBuf};

use clap::Args;
use serde_json::Value;
use sobolev::datasets::{Dataset, Info, Split, problems};

use super::{CliError, Context, Outcome, Table, problem};

/// Arguments of `sobolev info`.
#[derive(Debug, Args)]
#[command(
    after_help = "Examples:\n  sobolev info data/darcy64\n  sobolev info runs/tfno --json\n  sobolev info darcy-rough"
)]
pub(crate) struct InfoArgs {
    /// A run folder, a data file (.hdf5), the folder of a data set, or a problem
    path: PathBuf,
}

pub(crate) fn run(args: &InfoArgs, _: &Context) -> Result<Outcome, CliError> {
    let path = &args.path;
    if !path.exists() {
        if let Some((entry, variant)) = path.to_str().and_then(|name| problems::find(name).ok()) {
            let json = problem::to_json(&entry)?;
            return Ok(problem::describe(&entry, variant)?.with("kind", "problem").with("problem", json));
        }
        let expected = "expected a run folder, an .hdf5 file, the folder of a data set or a problem";
        return Err(CliError::input(format!("{}: no such file or folder; {expected}", path.display())));
    }
    if path.join("run.toml").is_file() { run_info(path) } else { data_info(path) }
}

/// A run: its card, and the last line of its history.
fn run_info(path: &Path) -> Result<Outcome, CliError> {
    let card = path.join("run.toml");
    let text = std::fs::read_to_string(&card)
        .map_err(|e| CliError::input(format!("{}: cannot read the run card: {e}", card.display())))?;
    let table: toml::Table = toml::from_str(&text)
        .map_err(|e| CliError::input(format!("{}: not a run card: {}", card.display(), e.message())))?;
    let history = super::figures::history(path)?;
    let mut out = Outcome::new()
        .line(format!("run {}", path.display()))
        .line(text.trim_end())
        .with("kind", "run")
        .with("path", path.display().to_string())
        .with_serialised("card", &table)?;
    let epochs = history.train_loss.len();
    out = out.with("epochs_done", epochs);
    if let Some(loss) = history.train_loss.last() {
        out = out.line(format!("\n{epochs} epochs done, training loss {loss:.3e}")).with("train_loss", *loss);
    }
    if let Some(best) = history.validation.iter().copied().filter(|v| v.is_finite()).reduce(f64::min) {
        out = out.line(format!("best validation relative L2 error {best:.4}")).with("best_validation", best);
    }
    Ok(out)
}

/// A data set: every split there is.
fn data_info(path: &Path) -> Result<Outcome, CliError> {
    let splits: Vec<Split> =
        Split::ALL.into_iter().filter(|s| path.join("data").join(s.word()).is_dir()).collect();
    let infos = if splits.is_empty() {
        vec![Dataset::open(path, Split::Train)?.info()]
    } else {
        splits.iter().map(|s| Dataset::open(path, *s).map(|d| d.info())).collect::<Result<Vec<_>, _>>()?
    };
    let Some(first) = infos.first() else {
        return Err(CliError::input(format!("{}: no data", path.display())));
    };
    let mut out = describe(first);
    let mut table = Table::numbers(&["split", "samples", "steps", "files", "MiB"]);
    for info in &infos {
        let split = info.split.map_or("(all)".to_owned(), |s| s.to_string());
        let mib = format!("{:.1}", info.bytes as f64 / f64::from(1 << 20));
        table.row([
            split,
            info.trajectories.to_string(),
            info.steps.to_string(),
            info.files.to_string(),
            mib,
        ]);
    }
    out = out.line("").table(&table);
    out.with("kind", "data").with("path", path.display().to_string()).with_serialised("splits", &infos)
}

fn describe(info: &Info) -> Outcome {
    let size: Vec<String> = info.size.iter().map(usize::to_string).collect();
    let mut out = Outcome::new().line(format!("data set {}", info.dataset_name)).line(format!(
        "{} grid, axes {}, {} points",
        info.grid_type,
        info.axes.join(", "),
        size.join(" x ")
    ));
    for field in &info.fields {
        let rank = ["scalar", "vector", "tensor"].get(field.rank).copied().unwrap_or("field");
        let kind = serde_json::to_value(field.kind).ok().and_then(|v| v.as_str().map(str::to_lowercase));
        let each = if field.sample_varying { "one for each sample" } else { "the same for all samples" };
        out = out.line(format!("  {} {rank} {}, {each}", kind.unwrap_or_default(), field.name));
    }
    if !info.boundary_conditions.is_empty() {
        out = out.line(format!("boundary conditions: {}", info.boundary_conditions.join(", ")));
    }
    for (key, value) in &info.provenance {
        let value = serde_json::from_str::<Value>(value).map_or_else(|_| value.clone(), |v| v.to_string());
        out = out.line(format!("{key}: {value}"));
    }
    out
}
