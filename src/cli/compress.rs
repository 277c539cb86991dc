//! `sobolev compress`: a trained model with smaller spectral weights, and what that costs.

use std::path::PathBuf;

use clap::{Args, ValueEnum};
use sobolev::device::{self, DeviceChoice};
use sobolev::operators::fno::compress::AlsOptions;
use sobolev::operators::fno::{RankConfig, WeightConfig, WeightForm};
use sobolev::run::{CompressOptions, CompressedModel, Compression, EvaluateOptions, compress};

use super::{CliError, Context, Outcome, Table};

/// Arguments of `sobolev compress`.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct CompressArgs {
    /// Folder of the run
    #[arg(long, value_name = "RUN")]
    run: PathBuf,
    /// Size of the new weights: a fraction of the dense ones (0.1), a rank (8), or one per axis (4x16x16x8x8)
    #[arg(long, value_name = "R", value_parser = rank)]
    rank: RankConfig,
    /// Form of the new weights
    #[arg(long, value_name = "FORM", value_enum, default_value_t = Form::Tucker)]
    form: Form,
    /// One tensor for all layers
    #[arg(long)]
    joint: bool,
    /// Tucker: axes that are not compressed; of layers (with --joint), in, out, modes the first is 0
    #[arg(long, value_name = "AXIS,..", value_delimiter = ',')]
    fixed: Vec<usize>,
    /// More sizes for the table; nothing of them is saved
    #[arg(long, value_name = "R,..", value_delimiter = ',', value_parser = rank)]
    also: Vec<RankConfig>,
    /// Folder of a data set whose test split every model is measured on
    #[arg(long, value_name = "DIR")]
    data: Option<PathBuf>,
    /// Grid points per axis of the data, where they are not those of the training
    #[arg(long, value_name = "R", requires = "data")]
    resolution: Option<usize>,
    /// Folder of the run with the new weights; made if missing
    #[arg(long, value_name = "RUN2")]
    out: Option<PathBuf>,
    /// Where to compute: auto, cpu or gpu
    #[arg(long, value_name = "D", default_value = "auto")]
    device: DeviceChoice,
}

/// As in a configuration file.
#[derive(Clone, Copy, Debug, ValueEnum)]
enum Form {
    /// Higher-order singular value decomposition
    Tucker,
    /// Alternating least squares
    Cp,
    /// Successive singular value decompositions
    TensorTrain,
}

const EXAMPLES: &str = "Examples:
  sobolev compress --run runs/fno --rank 0.1 --out runs/fno-tenth
  sobolev compress --run runs/fno --rank 0.1 --also 0.5,0.2,0.05,0.02 --data data/darcy64
  sobolev compress --run runs/fno --form tensor-train --joint --rank 0.05 --out runs/fno-tt";

fn rank(word: &str) -> Result<RankConfig, String> {
    word.parse().map_err(|_| "expected a fraction 0.1, a rank 8 or ranks 4x16x16x8x8".to_owned())
}

pub(crate) fn run(args: &CompressArgs, context: &Context) -> Result<Outcome, CliError> {
    let device = device::choose(args.device).map_err(CliError::input)?;
    context.progress.say(format!("device: {}", device.name));
    let weights = WeightConfig {
        factorization: match args.form {
            Form::Tucker => WeightForm::Tucker,
            Form::Cp => WeightForm::Cp,
            Form::TensorTrain => WeightForm::TensorTrain,
        },
        rank: args.rank.clone(),
        joint: args.joint,
        fixed: args.fixed.clone(),
        ..WeightConfig::default()
    };
    let options = CompressOptions {
        weights,
        also: args.also.clone(),
        data: args.data.clone(),
        evaluate: EvaluateOptions { resolution: args.resolution, ..EvaluateOptions::default() },
        out: args.out.clone(),
        least_squares: AlsOptions::default(),
    };
    let compression = compress(&args.run, &options, &device.device, |model| {
        context.progress.say(format!("{}: weight error {:.3e}", name(model), model.weight_error));
    })?;
    outcome(&compression)
}

fn name(model: &CompressedModel) -> String {
    model.rank.as_ref().map_or_else(|| "as trained".to_owned(), |rank| format!("rank {rank}"))
}

/// The table of errors against size, and the same facts as JSON.
fn outcome(compression: &Compression) -> Result<Outcome, CliError> {
    let measured = compression.models.iter().any(|model| model.relative_l2.is_some());
    let mut heads = vec!["weights", "spectral parameters", "compression", "weight error"];
    if measured {
        heads.push("relative L2");
    }
    let mut table = Table::numbers(&heads);
    let full = compression.models.first().map_or(0, |model| model.spectral_parameters);
    for model in &compression.models {
        let mut row = vec![
            name(model),
            model.spectral_parameters.to_string(),
            format!("{:.1} x", full as f64 / model.spectral_parameters.max(1) as f64),
            format!("{:.3e}", model.weight_error),
        ];
        row.extend(model.relative_l2.map(|error| format!("{error:.4e}")));
        table.row(row);
    }
    let mut out = Outcome::new().table(&table).line(format!("model: {}", compression.model));
    if let Some(folder) = &compression.out {
        out = out.line(format!("run folder {}", folder.display()));
    }
    out.with_serialised("compression", compression)
}
