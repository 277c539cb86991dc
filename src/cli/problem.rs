//! Problems by name, with their options on the command line.

use clap::{Args, ValueEnum};
use sobolev::{
    datasets::{DarcyDataset, Problem},
    solvers::{
        Grid,
        darcy::{Coefficient, DarcyConfig, FieldConfig, Forcing},
    },
};

use super::CliError;

/// What `sobolev list problems` says.
pub(crate) struct Entry {
    pub(crate) name: &'static str,
    pub(crate) equation: &'static str,
    pub(crate) source: &'static str,
    pub(crate) options: &'static str,
}

/// Name of [`DarcyDataset`].
const DARCY: &str = "darcy";

/// Every problem.
pub(crate) const PROBLEMS: &[Entry] = &[Entry {
    name: DARCY,
    equation: "-div(a grad u) = f on the unit square, u = 0 on its border; a -> u",
    source: "Li et al. 2021, arXiv:2010.08895",
    options: "--coefficient threshold|log-normal|multiscale --high A --low A --log-std S --octaves K --alpha A --tau T --forcing F --nodes",
}];

/// Options of the problems.
#[derive(Clone, Debug, Args)]
#[command(next_help_heading = "Problem options: darcy")]
pub(crate) struct ProblemOptions {
    /// Law of the diffusion coefficient a; g is a Gaussian field N(0, (-Laplace + tau^2)^-alpha)
    #[arg(long, value_enum, default_value_t = Law::Threshold)]
    coefficient: Law,
    /// threshold: a where g >= 0
    #[arg(long, default_value_t = 12.0, value_name = "A")]
    high: f64,
    /// threshold: a where g < 0
    #[arg(long, default_value_t = 3.0, value_name = "A")]
    low: f64,
    /// log-normal: standard deviation of log a
    #[arg(long, default_value_t = 1.0, value_name = "S")]
    log_std: f64,
    /// multiscale: octaves of the trigonometric product
    #[arg(long, default_value_t = 6, value_name = "K")]
    octaves: u32,
    /// Smoothness of the Gaussian field
    #[arg(long, default_value_t = 2.0)]
    alpha: f64,
    /// Inverse length of the Gaussian field
    #[arg(long, default_value_t = 3.0)]
    tau: f64,
    /// Right-hand side f, a constant
    #[arg(long, default_value_t = 1.0, value_name = "F", allow_negative_numbers = true)]
    forcing: f64,
    /// Fields at the nodes, border included, instead of the centres of the cells
    #[arg(long)]
    nodes: bool,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum Law {
    /// Two values, by the sign of g
    Threshold,
    /// exp(s g), s such that log a has the given standard deviation
    LogNormal,
    /// Product of waves on many scales
    Multiscale,
}

/// The problem of that name.
///
/// # Errors
/// [`CliError::Input`] for an unknown name or a parameter out of range.
pub(crate) fn build(
    name: &str,
    resolution: usize,
    options: &ProblemOptions,
) -> Result<Box<dyn Problem>, CliError> {
    if name != DARCY {
        let names: Vec<&str> = PROBLEMS.iter().map(|p| p.name).collect();
        return Err(CliError::input(format!("problem '{name}': expected one of {}", names.join(", "))));
    }
    let o = options;
    let config = DarcyConfig {
        resolution,
        coefficient: match o.coefficient {
            Law::Threshold => Coefficient::Threshold { high: o.high, low: o.low },
            Law::LogNormal => Coefficient::LogNormal { log_mean: 0.0, log_std: o.log_std },
            Law::Multiscale => Coefficient::MultiscaleTrigonometric { octaves: o.octaves, amplitude: 0.5 },
        },
        field: FieldConfig { alpha: o.alpha, tau: o.tau, ..FieldConfig::default() },
        forcing: Forcing::Constant(o.forcing),
        grid: if o.nodes { Grid::Nodes } else { Grid::Cells },
        ..DarcyConfig::default()
    };
    Ok(Box::new(DarcyDataset::new(config)?))
}
