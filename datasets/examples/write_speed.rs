//! How fast shards are written: samples of 16 steps on 128 x 128, plain numbers, one file of them, synced to the disk and renamed.
//! `benches/peers/h5py_write.py` does the same with h5py and runs the two in turn.
//!
//! ```text
//! cargo run --release -p sobolev-datasets --example write_speed -- FOLDER [SAMPLES]
//! ```

use std::path::PathBuf;
use std::time::Instant;

use sobolev_datasets::{
    Card, Field, FieldKind, Provenance, Result, Sample, Schema, ShardWriter, WriteOptions,
};

const N: usize = 128;
const STEPS: usize = 16;

fn main() -> Result<()> {
    let mut arguments = std::env::args().skip(1);
    let folder: PathBuf = arguments.next().unwrap_or_else(|| ".".into()).into();
    let samples: usize = arguments.next().and_then(|n| n.parse().ok()).unwrap_or(256);
    let time = (0..STEPS).map(|t| t as f32).collect();
    let fields = vec![Field::scalar("vorticity", FieldKind::Solution)];
    let schema = Schema {
        dataset_name: "speed".into(),
        ..Schema::periodic(&[("y", 0.0, 1.0), ("x", 0.0, 1.0)], N, time, fields)
    };
    let provenance = Provenance {
        generator: "write_speed".into(),
        generator_version: env!("CARGO_PKG_VERSION").into(),
        pde: "none".into(),
        solver: "none".into(),
        seed: 0,
        config_json: "{}".into(),
        card: Card::default(),
    };
    let values = (0..STEPS * N * N).map(|i| (0.001 * i as f64).sin()).collect();
    let sample = Sample { fields: vec![values], scalars: vec![] };
    let path = folder.join("speed_rust.hdf5");
    let start = Instant::now();
    let mut writer = ShardWriter::create(&path, &schema, &provenance, samples, WriteOptions::default())?;
    for index in 0..samples as u64 {
        writer.push(&sample, 0, index)?;
    }
    let pushed = start.elapsed().as_secs_f64();
    writer.finish()?;
    let (seconds, megabytes) = (start.elapsed().as_secs_f64(), (4 * samples * STEPS * N * N) as f64 / 1e6);
    println!(
        "{{\"megabytes\": {megabytes}, \"seconds\": {seconds}, \"rate\": {}, \"rate_before_sync\": {}}}",
        megabytes / seconds,
        megabytes / pushed
    );
    let _ = std::fs::remove_file(path);
    Ok(())
}
