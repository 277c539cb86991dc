//! The table of MgNO's paper on our data: multigrid neural operators against Fourier neural operators of three kinds and a dilated residual
//! network, on four problems, each with the same samples, epochs and batches.
//!
//! ```math
//! -\nabla\cdot(a \nabla u) = f, \qquad -\Delta u - (\omega/c)^2 u = 0, \qquad w_t + u\cdot\nabla w = 10^{-5} \Delta w + g
//! ```
//!
//! The maps: a rough and a multiscale medium to the pressure, a wave speed to the sound, a vorticity to that of a time unit later.
//!
//! **Expected result.** A table of errors, sizes and costs by problem and model (`OUT/table.md`), with the published errors of MgNO beside.
//!
//! ```sh
//! cargo run --release --example mgno_table -- --out mgno-table             # train and evaluate; what is there already is kept
//! cargo run --release --example mgno_table -- --out mgno-table --time      # memory and seconds, on an idle machine
//! cargo run --release --example mgno_table -- --out mgno-table --table     # OUT/table.md and OUT/errors_*.svg of what is there
//! ```
//!
//! **Source.** He, Liu, Xu, *MgNO: Efficient Parameterization of Linear Operators via Multigrid*, ICLR 2024 (arXiv:2310.19809).

#[path = "../comparison/mod.rs"]
mod comparison;
#[path = "../learning/mod.rs"]
mod learning;
mod measures;
mod models;
mod options;
mod problems;
mod report;

use std::error::Error;

use clap::Parser;
use comparison::{cost, trial};
use options::{Mode, Options};

/// As in the program `sobolev`: large tensors come and go at every operation.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> Result<(), Box<dyn Error>> {
    let options = Options::parse();
    let plans = options.plans()?;
    match options.mode() {
        Mode::Train => {
            for seed in options.seeds.chunks(1) {
                for plan in &plans {
                    trial::all(&plan.study(seed)?, &measures::of)?;
                }
            }
            Ok(())
        }
        Mode::Time => {
            for plan in &plans {
                cost::all(&plan.study(&[])?, |model| plan.word(model))?;
            }
            Ok(())
        }
        Mode::TimeOne(word) => {
            let (plan, model) = options::named(&plans, word)?;
            cost::one(&plan.study(&[])?, model)
        }
        Mode::Table => report::write(&options, &plans),
    }
}
