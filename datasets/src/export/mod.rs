//! Data sets in the layouts of other programs.
//!
//! | file | what |
//! |---|---|
//! | `plan` | which trajectories go in, in which order |
//! | `pdebench` | PDEBench's single HDF5 file |
//! | `xy` | plain `x` and `y` |

mod pdebench;
mod plan;
mod xy;

use std::path::{Path, PathBuf};

use serde::Serialize;

use crate::atomic::Claim;
use crate::plan::Split;
use crate::{Error, Result};

/// A layout to export to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Layout {
    /// PDEBench's `.hdf5`: `tensor` `[sample, time, x, y, z]` for one scalar solution, a data set per field and component otherwise,
    /// with `x-coordinate`, `t-coordinate` and so on; a steady problem with one coefficient has it as `nu` `[sample, x, y]`.
    ///
    /// **Source.** M. Takamoto et al., PDEBench, arXiv 2210.07182, and the readers of its repository. **Deviates.** (1) Parameters
    /// are attributes under their own names beside PDEBench's (`beta`, `Nu`).
    PdeBench,
    /// Data sets `x` and `y`, `[sample, channel, ...]`, without the channel axis where there is one channel, as neuraloperator's
    /// `H5pyDataset` reads. Space axes stay in our order, the last one fastest.
    Xy {
        /// Stored steps of a time-dependent problem that go to `x`; the others go to `y`. Channels are step by step, constant
        /// fields last in `x`.
        input_steps: usize,
    },
}

/// What to export.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ExportOptions {
    /// The layout.
    pub layout: Layout,
    /// One split; `None` takes all: test, validation, training, because PDEBench's reader tests on the first tenth of a file.
    pub split: Option<Split>,
}

/// What was exported.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Exported {
    /// The file.
    pub path: PathBuf,
    /// Its samples.
    pub samples: usize,
    /// Data sets in it, with their shapes.
    pub datasets: Vec<(String, Vec<usize>)>,
}

/// Writes the data set `data` as one file of another layout, a trajectory at a time; the file appears when it is complete.
///
/// # Errors
/// Those of [`crate::Dataset::open`] and of reading; [`Error::Config`] if `out` exists, or for a set that the layout cannot hold
/// (spherical grids, tensor fields and unequal numbers of steps); [`Error::Io`], [`Error::Hdf5`] naming a path that cannot be
/// written.
pub fn export(data: &Path, out: &Path, options: &ExportOptions) -> Result<Exported> {
    if out.exists() {
        return Err(Error::config(
            format!("file {}", out.display()),
            "a name that is free",
            "one that exists",
        ));
    }
    let source = plan::Source::open(data, options.split)?;
    let claim = Claim::new(out)?;
    let partial = claim.partial();
    std::fs::File::create_new(partial)
        .and_then(|_| std::fs::remove_file(partial))
        .map_err(|e| Error::io("create", partial, e))?;
    let file = hdf5::File::with_options()
        .with_fcpl(|p| p.obj_track_times(false))
        .create_excl(partial)
        .map_err(Error::hdf5("create", partial))?;
    let datasets = match options.layout {
        Layout::PdeBench => pdebench::write(&source, &file, partial)?,
        Layout::Xy { input_steps } => xy::write(&source, &file, partial, input_steps)?,
    };
    file.flush().map_err(Error::hdf5("flush", partial))?;
    file.close().map_err(Error::hdf5("close", partial))?;
    let path = claim.publish()?;
    Ok(Exported { path, samples: source.samples(), datasets })
}
