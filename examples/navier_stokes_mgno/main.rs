//! MgNO as a time stepper of two-dimensional flow at small viscosity: the operator learns from the vorticity to that of a time unit later.
//!
//! ```math
//! w_t + u\cdot\nabla w = 10^{-5} \Delta w + 0.1 (\sin 2\pi(x + y) + \cos 2\pi(x + y)) \text{ on } [0, 1)^2, \qquad w(\cdot, t) \mapsto w(\cdot, t + 1)
//! ```
//!
//! **Expected pictures.** Vorticity that the force and the flow wind up, the error of one step along steep fronts; an error that grows with
//! every step that the operator makes from its own prediction, below that of predicting no change.
//!
//! `cargo run --release --example navier_stokes_mgno -- FOLDER [--smoke]` keeps data and weights in `FOLDER/work`, writes the figures to
//! `FOLDER`, and goes on where it was stopped.
//!
//! **Source.** He, Liu, Xu, *MgNO: Efficient Parameterization of Linear Operators via Multigrid*, ICLR 2024 (arXiv:2310.19809); the problem is
//! that of Li et al., *Fourier neural operator for parametric partial differential equations*, ICLR 2021 (arXiv:2010.08895).

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
    let (report, rollout) = (&outcome.evaluation.report, &outcome.rollout);
    println!("{}", outcome.model);
    println!(
        "one step: relative L2 error {:.2} %, H1 {:.2} %",
        100.0 * report.relative_l2,
        100.0 * report.relative_h1
    );
    let mean = rollout.relative_l2.iter().sum::<f64>() / rollout.relative_l2.len() as f64;
    println!("rollout of {} steps: relative L2 error {:.2} %", rollout.steps.len(), 100.0 * mean);

    let quantities = [
        Quantity { name: "vorticity", symbol: "w", unit: "" },
        Quantity { name: "vorticity a time unit later", symbol: "w", unit: "" },
    ];
    let title = "One step of a flow, viscosity 1e-5: MgNO";
    // The first, a middle and the last step of three trajectories.
    let n = outcome.frames;
    let which = [0, n + n / 2, 3 * n - 1];
    let stem = folder.join("mgno_navier_stokes_samples");
    let mut paths = pictures::samples(&stem, title, &quantities, &outcome.evaluation, &which)?;
    let title = "Steps of a flow: errors of an MgNO";
    let stem = folder.join("mgno_navier_stokes_losses");
    paths.extend(pictures::losses(&stem, title, "relative L2", &outcome.history)?);
    let title = "A flow of viscosity 1e-5: an MgNO fed with its own predictions";
    paths.extend(pictures::rollout(&folder.join("mgno_navier_stokes_rollout"), title, rollout, 1.0)?);
    for path in paths {
        println!("{}", path.display());
    }
    Ok(())
}
