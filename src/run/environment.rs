//! `environment.json`: what a run was computed with.

use std::fs;
use std::path::Path;
use std::time::{SystemTime, UNIX_EPOCH};

use burn::tensor::Device;
use serde_json::{Value, json};
use sobolev_operators::train::replace_file;

use super::error::{Result, RunError};

/// Adds this start to the list; a resumed run may go on elsewhere.
pub(super) fn record(run: &Path, device: &Device, ranks: usize) -> Result<()> {
    let path = run.join("environment.json");
    let mut starts: Vec<Value> = match fs::read_to_string(&path) {
        Ok(text) => serde_json::from_str(&text).map_err(|e| RunError::content(&path, e))?,
        Err(e) if e.kind() == std::io::ErrorKind::NotFound => Vec::new(),
        Err(e) => return Err(RunError::io(&path, "read")(e)),
    };
    let seconds = SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |d| d.as_secs());
    starts.push(json!({
        "sobolev": env!("CARGO_PKG_VERSION"),
        "started_unix": seconds,
        "os": std::env::consts::OS,
        "arch": std::env::consts::ARCH,
        "ranks": ranks,
        "threads": rayon::current_num_threads(),
        "device": format!("{device:?}"),
        "gpu_feature": cfg!(feature = "gpu"),
    }));
    let text = serde_json::to_vec_pretty(&starts).map_err(|e| RunError::content(&path, e))?;
    Ok(replace_file(&path, &text)?)
}
