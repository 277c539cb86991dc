//! MgNO on Darcy flow through a rough medium: the operator learns from the coefficient to the pressure.
//!
//! ```math
//! -\nabla\cdot(a \nabla u) = 1 \text{ on } (0, 1)^2, \qquad u = 0 \text{ on the border}, \qquad a \in \{2, 12\}, \qquad a \mapsto u
//! ```
//!
//! **Expected pictures.** A smooth hill of pressure whose slope follows the medium, the error small and along the interfaces; losses that
//! fall as the learning rate does.
//!
//! `cargo run --release --example darcy_rough_mgno -- FOLDER [--smoke]` keeps data and weights in `FOLDER/work`, writes the figures to
//! `FOLDER`, and goes on where it was stopped.
//!
//! **Source.** He, Liu, Xu, *MgNO: Efficient Parameterization of Linear Operators via Multigrid*, ICLR 2024 (arXiv:2310.19809).

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
        stem: "mgno_darcy",
        quantities: [
            Quantity { name: "coefficient", symbol: "a", unit: "" },
            Quantity { name: "pressure", symbol: "u", unit: "" },
        ],
        samples: "From the medium to the pressure in it: MgNO",
        losses: "Darcy flow through a rough medium: errors of an MgNO",
        loss: "relative spectral H1",
    };
    pictures::learned(&folder, &outcome, &words)
}
