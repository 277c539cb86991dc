//! `sobolev generate`: a data set from a numerical solver.

use std::{path::PathBuf, str::FromStr};

use clap::Args;
use sobolev::datasets::{self, GenerateConfig, WriteOptions};

use super::{CliError, Context, Outcome, problem};

/// Arguments of `sobolev generate`.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct GenerateArgs {
    /// Problem: see `sobolev list problems`
    problem: String,
    /// Samples in all splits together
    #[arg(long, value_name = "N")]
    samples: usize,
    /// Grid points along each axis
    #[arg(long, value_name = "R")]
    resolution: usize,
    /// Seed; a sample is a function of the seed and its number, on any number of threads
    #[arg(long, value_name = "S", default_value_t = 0)]
    seed: u64,
    /// Samples for training, validation and test; by default about 77 : 8 : 15 of all, as in 1000:100:200
    #[arg(long, value_name = "TRAIN:VALID:TEST")]
    split: Option<Split>,
    /// Samples in a file; by default files of up to 512 MiB
    #[arg(long, value_name = "K")]
    shard_size: Option<usize>,
    /// This process makes part I of N (I from 1), for job arrays; when all parts are done, run it once more without --shard
    #[arg(long, value_name = "I/N")]
    shard: Option<Shard>,
    /// gzip level 1 to 9; 0 stores plain numbers, which are read ten times faster
    #[arg(long, value_name = "LEVEL", default_value_t = 0, value_parser = clap::value_parser!(u8).range(0..=9))]
    gzip: u8,
    /// Folder of the data set; made if missing. Finished files of an earlier run with the same settings are kept
    #[arg(long, value_name = "DIR")]
    out: PathBuf,
    #[command(flatten)]
    options: problem::ProblemOptions,
}

const EXAMPLES: &str = "Examples:
  sobolev generate darcy --samples 1300 --resolution 64 --split 1000:100:200 --out data/darcy64
  sobolev generate darcy --samples 1000 --resolution 256 --coefficient log-normal --out data/log
  sobolev generate darcy --samples 100000 --resolution 256 --shard-size 500 --shard 3/200 --out data/big";

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
    fn splits(&self) -> Result<[usize; 3], CliError> {
        let n = self.samples;
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
    if args.samples == 0 {
        return Err(CliError::input("--samples: expected at least 1, got 0"));
    }
    let problem = problem::build(&args.problem, args.resolution, &args.options)?;
    let name = format!("{}_{}", args.problem, args.resolution);
    let config = GenerateConfig {
        shard_size: args.shard_size,
        shard: args.shard.map(|Shard(i, n)| (i - 1, n)),
        write: WriteOptions { gzip: (args.gzip > 0).then_some(args.gzip), ..WriteOptions::default() },
        ..GenerateConfig::new(&args.out, name, args.splits()?, args.seed)
    };
    let report = generate(&*problem, &config, context)?;
    let seconds = report.elapsed.as_secs_f64();
    let rate = report.samples as f64 / seconds.max(1e-9);
    let (written, kept) = (report.written.len(), report.kept.len());
    let mut out = Outcome::new()
        .line(format!("{} samples in {seconds:.1} s ({rate:.1} a second)", report.samples))
        .line(format!("{}: {written} files written, {kept} kept", args.out.display()));
    if !report.finalized {
        out = out.line("run it once more without --shard when all parts are done: it checks the set and writes its statistics");
    }
    let paths = |files: &[PathBuf]| files.iter().map(|p| p.display().to_string()).collect::<Vec<_>>();
    Ok(out
        .with("samples", report.samples)
        .with("seconds", seconds)
        .with("written", paths(&report.written))
        .with("kept", paths(&report.kept))
        .with("finalized", report.finalized)
        .with("out", args.out.display().to_string()))
}

/// Generates with progress; shared with the demo.
pub(crate) fn generate(
    problem: &dyn datasets::Problem,
    config: &GenerateConfig,
    context: &Context,
) -> Result<datasets::Report, CliError> {
    let total: usize = config.splits.iter().sum();
    let task = context.progress.task("generate", total as u64, "samples");
    let report = datasets::generate(problem, config, &|p| task.at(p.done as u64, ""), &context.interrupt);
    task.finish();
    Ok(report?)
}
