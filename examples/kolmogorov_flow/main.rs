//! Kolmogorov flow: a viscous fluid on the torus [0, 2π)², pushed by a shear force sin(4y) in the x-direction.
//!
//! ```math
//! w_t + v\cdot\nabla w = \tfrac{1}{Re}\Delta w - 4\cos(4y) - 0.1\,w, \qquad -\Delta\psi = w,\quad v = (\psi_y, -\psi_x)
//! ```
//!
//! **Expected picture.** Four stripes a sign, wavy at first, then rolled up into vortices that merge; thin filaments of
//! vorticity between them.
//!
//! `cargo run --release --example kolmogorov_flow -- FOLDER [--smoke]` writes `FOLDER/kolmogorov_flow.svg` and `.png`.

#[path = "../arguments/mod.rs"]
mod arguments;
mod flow;

use std::error::Error;

use flow::run;
use sobolev::plot::{self, Field, Quantity, Span};

fn main() -> Result<(), Box<dyn Error>> {
    let (folder, scale) = arguments::parse();
    let outcome = run(scale)?;
    let values: Vec<f32> = outcome.vorticity.iter().map(|&w| w as f32).collect();
    let n = outcome.n;
    let frames: Vec<Field<'_>> =
        values.chunks(n * n).map(|values| Field { values, rows: n, cols: n }).collect();
    let names: Vec<String> = outcome.times.iter().map(|t| format!("vorticity, t = {t:.0}")).collect();
    let quantities: Vec<Quantity<'_>> =
        names.iter().map(|name| Quantity { name, symbol: "", unit: "" }).collect();
    let spans = ["y", "x"].map(|name| Span { name, lo: 0.0, hi: std::f64::consts::TAU });
    let title = "Kolmogorov flow, Re = 500, four waves of force";
    for path in plot::fields(&folder.join("kolmogorov_flow"), title, spans, &quantities, &[("", frames)])? {
        println!("{}", path.display());
    }
    println!("mean enstrophy at these times: {:.4?}", outcome.enstrophy);
    Ok(())
}
