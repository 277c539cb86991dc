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

mod experiment;

use std::error::Error;
use std::path::{Path, PathBuf};

use experiment::{Outcome, Scale, run};
use sobolev::plot::{self, Field, Line, PlotError, Quantity, Sample};

/// As in the program `sobolev`: large tensors come and go at every operation.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> Result<(), Box<dyn Error>> {
    let (options, folders): (Vec<String>, Vec<String>) =
        std::env::args().skip(1).partition(|a| a.starts_with("--"));
    let folder = PathBuf::from(folders.first().map_or("figures", String::as_str));
    let scale = if options.iter().any(|o| o == "--smoke") { Scale::Smoke } else { Scale::Full };
    let outcome = run(scale, &folder.join("work"))?;
    let report = &outcome.evaluation.report;
    println!("{}", outcome.model);
    println!("relative L2 error {:.2} %, H1 {:.2} %", 100.0 * report.relative_l2, 100.0 * report.relative_h1);
    for figure in [samples, losses] {
        for path in figure(&outcome, &folder)? {
            println!("{}", path.display());
        }
    }
    Ok(())
}

type Figure = Result<Vec<PathBuf>, PlotError>;

/// Coefficient, truth, prediction and error of the first test samples.
fn samples(outcome: &Outcome, folder: &Path) -> Figure {
    let [rows, cols] = [outcome.evaluation.size[0], outcome.evaluation.size[1]];
    let narrow = |values: &[f64]| values.iter().map(|&v| v as f32).collect::<Vec<f32>>();
    let fields: Vec<[Vec<f32>; 3]> = outcome.evaluation.samples[..3.min(outcome.evaluation.samples.len())]
        .iter()
        .map(|s| [narrow(&s.input), narrow(&s.truth), narrow(&s.prediction)])
        .collect();
    let names: Vec<String> = (1..=fields.len()).map(|i| format!("test sample {i}")).collect();
    let of = |values| Field { values, rows, cols };
    let rows: Vec<Sample<'_>> = fields
        .iter()
        .zip(&names)
        .map(|([input, truth, prediction], name)| Sample {
            name,
            input: of(input),
            truth: of(truth),
            prediction: of(prediction),
        })
        .collect();
    let coefficient = Quantity { name: "coefficient", symbol: "a", unit: "" };
    let pressure = Quantity { name: "pressure", symbol: "u", unit: "" };
    let title = "From the medium to the pressure in it: MgNO";
    plot::samples(&folder.join("mgno_darcy_samples"), title, &coefficient, &pressure, &rows)
}

/// Loss and errors over the epochs.
fn losses(outcome: &Outcome, folder: &Path) -> Figure {
    let epochs: Vec<f64> = (1..=outcome.losses.len()).map(|e| e as f64).collect();
    let line = |name, y| Line { name, x: &epochs, y, spread: &[], dots: false };
    let lines = vec![
        line("training: spectral H1", &outcome.losses),
        line("validation: L2", &outcome.valid[0]),
        line("validation: H1", &outcome.valid[1]),
    ];
    let title = "Darcy flow through a rough medium: errors of an MgNO";
    let x = plot::Scale { name: "epoch", log: false };
    let y = plot::Scale { name: "relative error", log: true };
    plot::lines(&folder.join("mgno_darcy_losses"), title, x, y, &[("", lines)])
}
