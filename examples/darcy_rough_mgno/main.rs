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

use sobolev::plot::Quantity;

/// As in the program `sobolev`: large tensors come and go at every operation.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> Result<(), Box<dyn Error>> {
    let (folder, scale) = arguments::parse();
    let outcome = experiment::run(scale, &folder.join("work"))?;
    let report = &outcome.evaluation.report;
    println!("{}", outcome.model);
    println!("relative L2 error {:.2} %, H1 {:.2} %", 100.0 * report.relative_l2, 100.0 * report.relative_h1);
    let quantities = [
        Quantity { name: "coefficient", symbol: "a", unit: "" },
        Quantity { name: "pressure", symbol: "u", unit: "" },
    ];
    let title = "From the medium to the pressure in it: MgNO";
    let stem = folder.join("mgno_darcy_samples");
    let mut paths = pictures::samples(&stem, title, &quantities, &outcome.evaluation, &[0, 1, 2])?;
    let title = "Darcy flow through a rough medium: errors of an MgNO";
    let stem = folder.join("mgno_darcy_losses");
    paths.extend(pictures::losses(&stem, title, "relative spectral H1", &outcome.history)?);
    for path in paths {
        println!("{}", path.display());
    }
    Ok(())
}
