//! Acoustic wave in two layers by finite elements: a pulse below meets a faster medium above.
//!
//! ```math
//! \frac{1}{c^2}\, u_{tt} = \Delta u + s(t)\,\delta(x - x_0) \text{ in } (0,1)^2, \qquad u_t + c\,\partial_n u = 0 \text{ on the border}
//! ```
//!
//! with c = 1 for y < 1/2 and 1.5 above, x₀ = (0.5, 0.3), and a Ricker pulse s of 12 cycles per unit of time.
//!
//! **Expected picture.** Circles around the source; above the interface a flatter front that runs ahead, below it the reflected arc. The
//! borders let nearly everything out.
//!
//! `cargo run --release --example wave_fem -- FOLDER [--smoke]` writes `FOLDER/wave_fem.svg` and `.png`.

#[path = "../arguments/mod.rs"]
mod arguments;
mod medium;

use std::error::Error;

use medium::run;
use sobolev::plot::{self, Field, Quantity, Span};

fn main() -> Result<(), Box<dyn Error>> {
    let (folder, scale) = arguments::parse();
    let outcome = run(scale)?;
    let n = outcome.nodes;
    // The first frame is the state of rest.
    let frames: Vec<Vec<f32>> =
        outcome.frames[1..].iter().map(|u| u.iter().map(|&v| v as f32).collect()).collect();
    let fields = frames.iter().map(|values| Field { values, rows: n, cols: n }).collect();
    let names: Vec<String> = outcome.times[1..].iter().map(|t| format!("u, t = {t:.2}")).collect();
    let quantities: Vec<Quantity<'_>> =
        names.iter().map(|name| Quantity { name, symbol: "", unit: "" }).collect();
    let spans = [Span::unit("y"), Span::unit("x")];
    let title = "A pulse meets a faster medium (y > 0.5)";
    for path in plot::fields(&folder.join("wave_fem"), title, spans, &quantities, &[("", fields)])? {
        println!("{}", path.display());
    }
    println!("{} nodes an axis, dt = {:.3e}", n, outcome.dt);
    Ok(())
}
