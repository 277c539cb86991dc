//! The command line of the examples that make figures: `FOLDER [--smoke]`.

use std::path::PathBuf;

use clap::Parser;

/// How much to compute.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Scale {
    /// For a test: seconds.
    Smoke,
    /// For the figures: minutes on two cores.
    Full,
}

/// Figures, and the numbers that go with them.
#[derive(Debug, Parser)]
#[allow(dead_code, reason = "tests use the scale alone")]
struct Arguments {
    /// Folder of the figures
    #[arg(default_value = "figures")]
    folder: PathBuf,
    /// The size of a test: seconds
    #[arg(long)]
    smoke: bool,
}

/// The folder and the scale that the command line asks for.
#[allow(dead_code, reason = "tests use the scale alone")]
pub(crate) fn parse() -> (PathBuf, Scale) {
    let Arguments { folder, smoke } = Arguments::parse();
    (folder, if smoke { Scale::Smoke } else { Scale::Full })
}
