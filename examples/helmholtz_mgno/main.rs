//! MgNO on the Helmholtz equation: the operator learns from the speed of sound to the sound between rigid walls.
//!
//! ```math
//! -\Delta u - (\omega/c)^2 u = 0 \text{ on } (0, 1)^2, \qquad \partial_n u = 1 \text{ in the middle of the upper wall}, \quad 0 \text{ elsewhere}, \qquad c \mapsto u
//! ```
//!
//! **Expected pictures.** A lattice of standing waves, about eight of them along a side. The error is made of the same waves: a small shift
//! of a resonance changes the amplitude everywhere.
//!
//! `cargo run --release --example helmholtz_mgno -- FOLDER [--smoke]` keeps data and weights in `FOLDER/work`, writes the figures to
//! `FOLDER`, and goes on where it was stopped.
//!
//! **Source.** He, Liu, Xu, *MgNO: Efficient Parameterization of Linear Operators via Multigrid*, ICLR 2024 (arXiv:2310.19809); the problem is
//! that of de Hoop et al., *The cost-accuracy trade-off in operator learning with neural networks*, 2022 (arXiv:2203.13181).

#[path = "../arguments/mod.rs"]
mod arguments;
mod experiment;
#[path = "../learning/mod.rs"]
mod learning;
#[path = "../pictures/mod.rs"]
mod pictures;

use std::error::Error;

use pictures::Words;
use sobolev::plot::Quantity;

/// As in the program `sobolev`: large tensors come and go at every operation.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> Result<(), Box<dyn Error>> {
    let (folder, scale) = arguments::parse();
    let outcome = experiment::run(scale, &folder.join("work"))?;
    let words = Words {
        stem: "mgno_helmholtz",
        quantities: [
            Quantity { name: "wave speed", symbol: "c", unit: "" },
            Quantity { name: "pressure", symbol: "u", unit: "" },
        ],
        samples: "From the speed of sound to the sound: MgNO",
        losses: "The Helmholtz equation: errors of an MgNO",
        loss: "absolute H1",
    };
    pictures::learned(&folder, &outcome, &words)
}
