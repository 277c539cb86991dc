//! `sobolev list`: what there is to choose from.

use clap::{Args, ValueEnum};
use serde_json::{Value, json};

use super::{CliError, Context, Outcome, Table, problem};

/// Arguments of `sobolev list`.
#[derive(Debug, Args)]
#[command(after_help = "Example: sobolev list devices --json")]
pub(crate) struct ListArgs {
    /// What to list
    #[arg(value_enum)]
    what: What,
    /// problems: the whole card of each, with all parameters
    #[arg(long)]
    verbose: bool,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum What {
    /// Problems that `generate` makes data for
    Problems,
    /// Models that `train` knows, and the papers behind them
    Models,
    /// Devices of this machine that `--device` can mean
    Devices,
}

pub(crate) fn run(args: &ListArgs, _: &Context) -> Result<Outcome, CliError> {
    match args.what {
        What::Problems => problems(args.verbose),
        What::Models => Ok(models()),
        What::Devices => Ok(devices()),
    }
}

fn problems(verbose: bool) -> Result<Outcome, CliError> {
    let all = sobolev::datasets::problems::registry();
    let json: Vec<Value> = all.iter().map(problem::to_json).collect::<Result<_, _>>()?;
    let mut out = Outcome::new();
    if verbose {
        for entry in &all {
            out = out.append(&problem::describe(entry, None)?).line("");
        }
    } else {
        let more = "\nAll parameters of one: sobolev info PROBLEM; of all: sobolev list problems --verbose";
        out = out.table(&problem::table()).line(more);
    }
    Ok(out.with("problems", json))
}

fn models() -> Outcome {
    let mut table = Table::words(&["model", "what it is"]);
    for (name, text) in sobolev::operators::PRESETS {
        table.row([*name, *text]);
    }
    let mut out = Outcome::new().table(&table).line("").line("Please cite what you use:");
    for c in sobolev::operators::citations() {
        out = out.line(format!("  {}. {}\n    for {}", c.text, c.url, c.used_for));
    }
    let models: Vec<Value> =
        sobolev::operators::PRESETS.iter().map(|(n, t)| json!({ "name": n, "description": t })).collect();
    let citations: Vec<Value> = sobolev::operators::citations()
        .iter()
        .map(|c| json!({ "key": c.key, "text": c.text, "url": c.url, "used_for": c.used_for }))
        .collect();
    out.with("models", models).with("citations", citations)
}

fn devices() -> Outcome {
    let found = sobolev::device::devices();
    let mut table = Table::words(&["device", "kind", "name"]);
    let mut json = Vec::new();
    for d in &found {
        let (choice, kind) = match d.kind {
            sobolev::device::DeviceKind::Cpu => ("cpu", "processor"),
            sobolev::device::DeviceKind::Gpu => ("gpu", "GPU"),
            sobolev::device::DeviceKind::Software => ("gpu", "software GPU, for tests"),
        };
        table.row([choice, kind, &d.name]);
        json.push(json!({ "device": choice, "kind": d.kind, "name": d.name }));
    }
    let mut out =
        Outcome::new().table(&table).with("devices", json).with("gpu_backend", cfg!(feature = "gpu"));
    if !cfg!(feature = "gpu") {
        out = out.line("\nThis program was built without the GPU backend: ./x --gpu, or cargo build --release --features gpu.");
    }
    out
}
