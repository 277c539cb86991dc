//! Writes a small set with every kind of content that the layout knows: scalar, vector, tensor and constant fields, several times,
//! shared and per-sample parameters, two kinds of boundary. `validation/validate_well.py` gives it to the Python readers.
//!
//! ```text
//! cargo run --release -p sobolev-datasets --example every_kind -- OUT
//! ```

use std::path::PathBuf;
use std::sync::atomic::AtomicBool;

use serde_json::{Value, json};
use sobolev_datasets::{
    Axis, Boundary, BoundaryKind, Card, Field, FieldKind, GenerateConfig, GridType, Problem, Rank, Result,
    Sample, Schema, generate,
};

const N: [usize; 2] = [24, 16];
const STEPS: usize = 9;

/// A wave that moves along x with the sample's own speed; its gradient and Hessian.
struct Wave;

impl Problem for Wave {
    fn name(&self) -> &str {
        "wave"
    }

    fn schema(&self) -> Schema {
        let solution = FieldKind::Solution;
        let hessian = Rank::Tensor { symmetric: true, antisymmetric: false };
        Schema {
            dataset_name: String::new(),
            grid: GridType::Cartesian,
            axes: vec![Axis::uniform("y", N[0], 0.0, 1.0), Axis::uniform("x", N[1], 0.0, 1.0)],
            time: (0..STEPS).map(|i| 0.05 * i as f32).collect(),
            fields: vec![
                Field::scalar("height", solution),
                Field::vector("gradient", solution),
                Field { name: "hessian".into(), rank: hessian, kind: solution },
                Field::scalar("depth", FieldKind::Constant),
            ],
            boundaries: vec![
                Boundary { axis: 0, kind: BoundaryKind::Wall, condition: "Neumann, 0".into() },
                Boundary { axis: 1, kind: BoundaryKind::Periodic, condition: "periodic".into() },
            ],
            parameters: vec![("gravity".into(), 9.81)],
            scalars: vec!["speed".into()],
        }
    }

    fn config(&self) -> Value {
        json!({"grid": N, "steps": STEPS})
    }

    fn solver(&self) -> String {
        "closed formula".into()
    }

    fn card(&self) -> Card {
        Card {
            description: "A travelling wave with its first and second derivatives.".into(),
            equation: "u(t, x, y) = \\cos(\\pi y) \\sin(2\\pi (x - c t))".into(),
            source: "closed formula".into(),
            purpose: "Shows every kind of content that the layout knows.".into(),
            internal: "exact at the stored times".into(),
        }
    }

    fn sample(&self, seed: u64, index: u64) -> Result<Sample> {
        use std::f64::consts::PI;
        let speed = 0.5 + 0.1 * ((seed + index) % 7) as f64;
        let mut fields = vec![vec![]; 4];
        for t in 0..STEPS {
            for j in 0..N[0] {
                for i in 0..N[1] {
                    let (y, x) = (j as f64 / (N[0] - 1) as f64, i as f64 / (N[1] - 1) as f64);
                    let phase = 2.0 * PI * (x - speed * 0.05 * t as f64);
                    let (sy, cy, sx, cx) = ((PI * y).sin(), (PI * y).cos(), phase.sin(), phase.cos());
                    fields[0].push(cy * sx);
                    fields[1].extend([-PI * sy * sx, 2.0 * PI * cy * cx]);
                    let mixed = -2.0 * PI * PI * sy * cx;
                    fields[2].extend([-PI * PI * cy * sx, mixed, mixed, -4.0 * PI * PI * cy * sx]);
                    if t == 0 {
                        fields[3].push(1.0 + 0.3 * x * y + 0.01 * index as f64);
                    }
                }
            }
        }
        Ok(Sample { fields, scalars: vec![speed] })
    }
}

fn main() -> Result<()> {
    let out: PathBuf = std::env::args().nth(1).unwrap_or_else(|| "every_kind".into()).into();
    let mut config = GenerateConfig::new(&out, "every_kind", [5, 2, 3], 1);
    config.shard_size = Some(3);
    let report = generate(&Wave, &config, &|_| {}, &AtomicBool::new(false))?;
    println!("{}: {} files written, {} kept", out.display(), report.written.len(), report.kept.len());
    Ok(())
}
