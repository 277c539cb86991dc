//! The command line: arguments, exit codes, progress. One file per subcommand.
//!
//! Stable, because other programs call it: `--json` prints one JSON object on stdout and nothing else there; exit code 0 is
//! done, 2 bad usage or input, 1 a failure while running, 130 interrupted. Errors are one line on stderr.

mod compress;
mod data_figure;
mod demo;
mod error;
mod eval;
mod export;
mod figures;
mod generate;
mod info;
mod launch;
mod list;
mod output;
mod plot;
mod predict;
mod problem;
mod progress;
mod train;

use std::{
    process::ExitCode,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
};

use clap::{Parser, Subcommand};

pub(crate) use error::CliError;
pub(crate) use launch::Launch;
pub(crate) use output::{Outcome, Table};
pub(crate) use progress::Progress;

/// Learn maps between function spaces: make data with a solver, train a neural operator, look at the result.
#[derive(Debug, Parser)]
#[command(name = "sobolev", version, max_term_width = 110, arg_required_else_help = true, after_help = EXAMPLES)]
struct Cli {
    #[command(subcommand)]
    command: Command,
    /// Print one JSON object on stdout and nothing else there
    #[arg(long, global = true)]
    json: bool,
    /// No progress bars and no progress lines
    #[arg(long, short, global = true)]
    quiet: bool,
    /// Threads of the CPU; 0 takes all cores, or this process's part of them under mpirun. Results do not depend on it
    #[arg(long, global = true, default_value_t = 0, value_name = "N")]
    threads: usize,
}

const EXAMPLES: &str = "Examples:
  sobolev demo --out demo
  sobolev generate darcy --samples 1300 --resolution 64 --split 1000:100:200 --out data/darcy64
  sobolev train --data data/darcy64 --model tfno --out runs/tfno --epochs 60
  sobolev eval --run runs/tfno --data data/darcy64
  sobolev plot runs/tfno --out figures

Exit codes: 0 done, 1 failure while running, 2 bad usage or input, 130 interrupted (state saved).";

#[derive(Debug, Subcommand)]
enum Command {
    /// Data, training, evaluation and pictures in one go: a tensorized Fourier neural operator on Darcy flow
    Demo(demo::DemoArgs),
    /// Make a data set with a numerical solver
    Generate(generate::GenerateArgs),
    /// Train a model on a data set
    Train(train::TrainArgs),
    /// Measure a trained model's errors on a data set
    Eval(eval::EvalArgs),
    /// Apply a trained model to the inputs in a file
    Predict(predict::PredictArgs),
    /// Factorise the spectral weights of a trained model
    Compress(compress::CompressArgs),
    /// Draw the figures of a run or of a data file
    Plot(plot::PlotArgs),
    /// Write a data set in the layout of another program
    Export(export::ExportArgs),
    /// Say what a run, a data file, a data set or a problem is
    Info(info::InfoArgs),
    /// List problems, models or devices
    List(list::ListArgs),
}

/// What every subcommand gets beside its arguments.
#[derive(Clone, Debug)]
pub(crate) struct Context {
    /// How to report progress.
    pub(crate) progress: Progress,
    /// Set by the first Ctrl-C or SIGTERM: finish the step, save, return [`CliError::Interrupted`].
    pub(crate) interrupt: Arc<AtomicBool>,
}

/// Parses, runs, reports.
pub(crate) fn main() -> ExitCode {
    let cli = match Cli::try_parse() {
        Ok(cli) => cli,
        Err(error) => {
            // clap's own exit code for bad usage is 2, for `--help` and `--version` 0.
            let code = if error.use_stderr() { 2 } else { 0 };
            let _ = error.print();
            return ExitCode::from(code);
        }
    };
    let launch = match &cli.command {
        Command::Train(_) => Launch::join(),
        _ => Ok(Launch::alone()),
    };
    let (launch, result) = match launch {
        Ok(launch) => {
            let result = launch.run(|| run(&cli, &launch));
            (launch, result)
        }
        Err(error) => (Launch::alone(), Err(error)),
    };
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => launch.fail(&error),
    }
}

fn run(cli: &Cli, launch: &Launch) -> Result<(), CliError> {
    let interrupt = Arc::new(AtomicBool::new(false));
    on_interrupt(&interrupt, launch.is_root())?;
    let threads = launch.threads(cli.threads);
    rayon::ThreadPoolBuilder::new()
        .num_threads(threads)
        .build_global()
        .map_err(|e| CliError::failure(format!("cannot start {threads} threads: {e}")))?;
    let silent = cli.json || cli.quiet || !launch.is_root();
    let context = Context { progress: Progress::detect(silent), interrupt };
    let outcome = match &cli.command {
        Command::Demo(args) => demo::run(args, &context),
        Command::Generate(args) => generate::run(args, &context),
        Command::Train(args) => train::run(args, &context, launch),
        Command::Eval(args) => eval::run(args, &context),
        Command::Predict(args) => predict::run(args, &context),
        Command::Compress(args) => compress::run(args, &context),
        Command::Plot(args) => plot::run(args, &context),
        Command::Export(args) => export::run(args, &context),
        Command::Info(args) => info::run(args, &context),
        Command::List(args) => list::run(args, &context),
    }?;
    if launch.is_root() { outcome.print(cli.json) } else { Ok(()) }
}

/// The first signal asks, the second one kills.
fn on_interrupt(flag: &Arc<AtomicBool>, speaks: bool) -> Result<(), CliError> {
    let flag = Arc::clone(flag);
    ctrlc::set_handler(move || {
        if flag.swap(true, Ordering::Relaxed) {
            std::process::exit(130);
        }
        if speaks {
            eprintln!("sobolev: stopping after this step and saving; press Ctrl-C again to stop at once");
        }
    })
    .map_err(|e| CliError::failure(format!("cannot handle Ctrl-C: {e}")))
}
