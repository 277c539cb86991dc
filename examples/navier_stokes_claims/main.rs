//! The claims of MG-TFNO, measured: dense, tensorized and decomposed Fourier neural operators on two-dimensional turbulence, each with
//! the same budget.
//!
//! ```math
//! w_t + u\cdot\nabla w = \tfrac{1}{500}\,\Delta w + f \text{ on } [0, 2\pi)^2, \qquad w(\cdot, 0) = 0, \qquad f \mapsto w(\cdot, 5)
//! ```
//!
//! **Expected result.** A table of errors, sizes and costs by model (`OUT/table.md`), the error against the compression of the spectral
//! weights, and spectra.
//!
//! ```sh
//! cargo run --release --example navier_stokes_claims -- --out claims             # train and evaluate; what is there already is kept
//! cargo run --release --example navier_stokes_claims -- --out claims --time      # memory and seconds, on an idle machine
//! cargo run --release --example navier_stokes_claims -- --out claims --table     # OUT/table.md and figures of what is there
//! ```
//!
//! **Source.** Kossaifi et al., *Multi-Grid Tensorized Fourier Neural Operator for High-Resolution PDEs*, TMLR 2024 (arXiv:2310.00120).

#[path = "../comparison/mod.rs"]
mod comparison;
mod measures;
mod models;
mod options;
mod report;
#[path = "../navier_stokes_mg_tfno/spectrum.rs"]
mod spectrum;

use std::error::Error;

use clap::Parser;
use comparison::{cost, trial};
use options::{Mode, Options};

/// As in the program `sobolev`: large tensors come and go at every operation.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> Result<(), Box<dyn Error>> {
    let options = Options::parse();
    let study = options.study()?;
    match options.mode() {
        Mode::Train => trial::all(&study, &measures::of),
        Mode::Time => cost::all(&study, str::to_owned),
        Mode::TimeOne(model) => cost::one(&study, model),
        Mode::Table => report::write(&study),
    }
}
