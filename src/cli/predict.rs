//! `sobolev predict`: a trained model applied to the inputs in a file.

use std::path::PathBuf;

use clap::Args;
use sobolev::device::{self, DeviceChoice};
use sobolev::run::predict;

use super::{CliError, Context, Outcome};

/// Arguments of `sobolev predict`.
#[derive(Debug, Args)]
#[command(after_help = "Example:\n  sobolev predict --run runs/tfno --input new.hdf5 --out predicted.hdf5")]
pub(crate) struct PredictArgs {
    /// Folder of the run
    #[arg(long, value_name = "RUN")]
    run: PathBuf,
    /// HDF5 file in the layout of The Well with the input fields of the run, on any grid
    #[arg(long, value_name = "FILE.hdf5")]
    input: PathBuf,
    /// File to write: the inputs and the predicted fields, in the same layout
    #[arg(long, value_name = "FILE.hdf5")]
    out: PathBuf,
    /// Samples at a time
    #[arg(long, value_name = "B", default_value_t = 16)]
    batch: usize,
    /// Where to compute: auto, cpu or gpu
    #[arg(long, value_name = "D", default_value = "auto")]
    device: DeviceChoice,
}

pub(crate) fn run(args: &PredictArgs, context: &Context) -> Result<Outcome, CliError> {
    let device = device::choose(args.device).map_err(CliError::input)?;
    context.progress.say(format!("device: {}", device.name));
    let prediction = predict(&args.run, &args.input, &args.out, args.batch, &device.device)?;
    let fields = prediction.fields.join(", ");
    let out = Outcome::new()
        .line(format!("{} samples of {fields} written to {}", prediction.samples, prediction.path.display()))
        .with("path", prediction.path.display().to_string())
        .with("samples", prediction.samples)
        .with("size", prediction.size)
        .with("fields", prediction.fields);
    Ok(out)
}
