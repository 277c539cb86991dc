//! `sobolev generate`: a data set from a numerical solver.

use std::{
    path::{Path, PathBuf},
    str::FromStr,
};

use clap::{Args, ValueEnum};
use sobolev::datasets::{self, FailedSample, GenerateConfig, OnFailure, WriteOptions};

use super::{CliError, Context, Outcome, problem};

/// Arguments of `sobolev generate`.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct GenerateArgs {
    /// Problem: see `sobolev list problems`
    #[arg(required_unless_present = "finalize")]
    problem: Option<String>,
    /// Samples in all splits together
    #[arg(long, value_name = "N", required_unless_present = "finalize")]
    samples: Option<usize>,
    /// Grid points along each axis
    #[arg(long, value_name = "R", required_unless_present = "finalize")]
    resolution: Option<usize>,
    /// Seed; a sample is a function of the seed and its number, on any number of threads
    #[arg(long, value_name = "S", default_value_t = 0)]
    seed: u64,
    /// Samples for training, validation and test; by default about 77 : 8 : 15 of all, as in 1000:100:200
    #[arg(long, value_name = "TRAIN:VALID:TEST")]
    split: Option<Split>,
    /// Samples in a file; by default files of up to 512 MiB
    #[arg(long, value_name = "K")]
    shard_size: Option<usize>,
    /// This process makes part I of N (I from 1), for job arrays; when all parts are done, complete the set with --finalize
    #[arg(long, value_name = "I/N")]
    shard: Option<Shard>,
    /// gzip level 1 to 9; 0 stores plain numbers, which are read ten times faster
    #[arg(long, value_name = "LEVEL", default_value_t = 0, value_parser = clap::value_parser!(u8).range(0..=9))]
    gzip: u8,
    /// Folder of the data set; made if missing. Finished files of an earlier run with the same settings are kept
    #[arg(long, value_name = "DIR")]
    out: PathBuf,
    /// What becomes of a sample that fails: skip makes a file shorter and names the sample, stop ends the run
    #[arg(long, value_enum, default_value_t = Failure::Skip)]
    on_failure: Failure,
    /// Complete the set in --out, made in parts: checks every file against the manifest, writes statistics and card
    #[arg(long, conflicts_with_all = ["problem", "samples", "resolution", "set", "split", "shard", "shard_size"])]
    finalize: bool,
    #[command(flatten)]
    options: problem::ProblemOptions,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum Failure {
    Skip,
    Stop,
}

const EXAMPLES: &str = "Examples:
  sobolev generate darcy --samples 1300 --resolution 64 --split 1000:100:200 --out data/darcy64
  sobolev generate darcy-log-normal --samples 1000 --resolution 256 --set log_std=2 --out data/log
  sobolev generate darcy --samples 1000 --resolution 64 --set low=log:0.1..3 --out data/contrasts
  sobolev generate darcy --samples 100000 --resolution 256 --shard-size 500 --shard 3/200 --out data/big
  sobolev generate --finalize --out data/big";

/// Sizes of the three splits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Split([usize; 3]);

impl FromStr for Split {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let parts: Vec<usize> = text.split(':').map(str::parse).collect::<Result<_, _>>().unwrap_or_default();
        match parts[..] {
            [train, valid, test] => Ok(Self([train, valid, test])),
            _ => Err("expected three numbers such as 1000:100:200".to_owned()),
        }
    }
}

/// Part I of N, counted from 1.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Shard(usize, usize);

impl FromStr for Shard {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let parts = text.split_once('/').and_then(|(i, n)| Some((i.parse().ok()?, n.parse().ok()?)));
        match parts {
            Some((i, n)) if 1 <= i && i <= n => Ok(Self(i, n)),
            _ => Err("expected I/N with I from 1 to N, such as 3/8".to_owned()),
        }
    }
}

impl GenerateArgs {
    fn splits(&self, n: usize) -> Result<[usize; 3], CliError> {
        let Some(Split(parts)) = self.split else {
            let (valid, test) = (n / 13, 2 * n / 13);
            return Ok([n - valid - test, valid, test]);
        };
        let sum = parts.iter().try_fold(0usize, |sum, &p| sum.checked_add(p));
        if sum != Some(n) {
            let [a, b, c] = parts;
            return Err(CliError::input(format!(
                "--split {a}:{b}:{c}: expected parts that add up to --samples {n}"
            )));
        }
        Ok(parts)
    }
}

pub(crate) fn run(args: &GenerateArgs, context: &Context) -> Result<Outcome, CliError> {
    let (Some(name), Some(samples), Some(resolution)) = (&args.problem, args.samples, args.resolution) else {
        return finalize(&args.out);
    };
    if samples == 0 {
        return Err(CliError::input("--samples: expected at least 1, got 0"));
    }
    let problem = problem::build(name, resolution, &args.options)?;
    let config = GenerateConfig {
        shard_size: args.shard_size,
        shard: args.shard.map(|Shard(i, n)| (i - 1, n)),
        write: WriteOptions { gzip: (args.gzip > 0).then_some(args.gzip), ..WriteOptions::default() },
        on_failure: match args.on_failure {
            Failure::Skip => OnFailure::Skip,
            Failure::Stop => OnFailure::Stop,
        },
        ..GenerateConfig::new(&args.out, format!("{name}_{resolution}"), args.splits(samples)?, args.seed)
    };
    let report = generate(&*problem, &config, context)?;
    let seconds = report.elapsed.as_secs_f64();
    let rate = report.samples as f64 / seconds.max(1e-9);
    let (written, kept) = (report.written.len(), report.kept.len());
    let mut out = Outcome::new()
        .line(format!("{} samples in {seconds:.1} s ({rate:.1} a second)", report.samples))
        .line(format!("{}: {written} files written, {kept} kept", args.out.display()));
    if !report.finalized {
        let command = format!("sobolev generate --finalize --out {}", args.out.display());
        out = out.line(format!("when all parts are done: {command}"));
    }
    for path in &report.changed {
        out = out.line(format!(
            "{}: made again, with other bytes than before (another kind of processor?)",
            path.display()
        ));
    }
    let paths = |files: &[PathBuf]| files.iter().map(|p| p.display().to_string()).collect::<Vec<_>>();
    tell_failed(out, &report.failed)?
        .with("samples", report.samples)
        .with("seconds", seconds)
        .with("written", paths(&report.written))
        .with("kept", paths(&report.kept))
        .with("changed", paths(&report.changed))
        .with("finalized", report.finalized)
        .with_serialised("out", &args.out.display().to_string())
}

/// Completes a set that was made in parts.
fn finalize(folder: &Path) -> Result<Outcome, CliError> {
    let stats = datasets::finalize(folder)?;
    let fields: Vec<&str> = stats.iter().map(|s| s.name.as_str()).collect();
    Ok(Outcome::new()
        .line(format!("{}: complete; statistics of {} written", folder.display(), fields.join(", ")))
        .with("finalized", true)
        .with("out", folder.display().to_string()))
}

/// Names the samples that the set goes without.
fn tell_failed(mut out: Outcome, failed: &[FailedSample]) -> Result<Outcome, CliError> {
    /// More are in the files and in the JSON.
    const SHOWN: usize = 10;
    if !failed.is_empty() {
        out = out.line(format!("{} samples failed and were left out:", failed.len()));
    }
    for f in failed.iter().take(SHOWN) {
        out = out.line(format!("  sample {} (seed {}): {}", f.index, f.seed, f.reason));
    }
    if failed.len() > SHOWN {
        out = out.line("  ...");
    }
    out.with_serialised("failed", &failed)
}

/// Generates with progress; shared with the demo.
pub(crate) fn generate(
    problem: &dyn datasets::Problem,
    config: &GenerateConfig,
    context: &Context,
) -> Result<datasets::Report, CliError> {
    let total: usize = config.splits.iter().sum();
    let task = context.progress.task("generate", total as u64, "samples");
    let message = |failed| if failed > 0 { format!("{failed} failed") } else { String::new() };
    let report = datasets::generate(
        problem,
        config,
        &|p| task.at(p.done as u64, &message(p.failed)),
        &context.interrupt,
    );
    task.finish();
    Ok(report?)
}
