//! Weight files: safetensors that carry their model's configuration.
//!
//! The tensors are named by their place in the model; complex ones end in an axis of 2. The metadata entry `sobolev.model`
//! holds the [`ModelSpec`] as JSON, so that a file alone is enough to build the model again.

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io::Write;
use std::path::Path;

use burn::store::{ModuleSnapshot, SafetensorsStore};
use burn::tensor::Device;
use safetensors::SafeTensors;

use crate::{Error, Model, ModelSpec, Result};

/// The metadata entry with the model's configuration.
pub const METADATA_KEY: &str = "sobolev.model";

/// Writes the weights of a model: completely under another name first, so that `path` never holds half a file.
///
/// # Errors
/// [`Error::Io`] where the folder cannot be written.
pub fn save(model: &Model, path: &Path) -> Result<()> {
    let spec = serde_json::to_string(&model.spec()).map_err(|e| Error::weights(path, e.to_string()))?;
    let mut store = SafetensorsStore::from_bytes(None).metadata(METADATA_KEY, spec);
    model.save_into(&mut store).map_err(|e| Error::weights(path, e.to_string()))?;
    let bytes = store.get_bytes().map_err(|e| Error::weights(path, e.to_string()))?;
    let bytes =
        sorted_header(&bytes).ok_or_else(|| Error::weights(path, "the store made no safetensors header"))?;
    write_whole(path, &bytes)
}

/// The same file with the keys of its header in order: the store writes them as a hash map holds them, and the same weights
/// must give the same bytes.
fn sorted_header(bytes: &[u8]) -> Option<Vec<u8>> {
    let (length, rest) = bytes.split_at_checked(8)?;
    let (header, tensors) = rest.split_at_checked(u64::from_le_bytes(length.try_into().ok()?) as usize)?;
    let header: BTreeMap<String, serde_json::Value> = serde_json::from_slice(header).ok()?;
    let mut header = serde_json::to_vec(&header).ok()?;
    // The tensors start at a multiple of eight bytes.
    header.resize(header.len().next_multiple_of(8), b' ');
    Some([&(header.len() as u64).to_le_bytes(), header.as_slice(), tensors].concat())
}

fn write_whole(path: &Path, bytes: &[u8]) -> Result<()> {
    let mut name = path.file_name().unwrap_or_default().to_owned();
    name.push(".partial");
    let partial = path.with_file_name(name);
    let write = || {
        let mut file = File::create(&partial)?;
        file.write_all(bytes)?;
        file.sync_all()
    };
    let result = write().map_err(|e| Error::io(&partial, e));
    let result = result.and_then(|()| fs::rename(&partial, path).map_err(|e| Error::io(path, e)));
    if result.is_err() {
        // The first error is the one to report; a file that never came to be cannot be removed.
        let _ = fs::remove_file(&partial);
    }
    result
}

/// The configuration of the model in a weight file.
///
/// # Errors
/// [`Error::Io`] where the file cannot be read, [`Error::Weights`] where it is not a weight file of this library.
pub fn read_spec(path: &Path) -> Result<ModelSpec> {
    spec_in(&read(path)?, path)
}

/// The model of a weight file, on a device.
///
/// # Errors
/// [`Error::Io`] where the file cannot be read, [`Error::Weights`] where it is foreign or damaged.
pub fn load(path: &Path, device: &Device) -> Result<Model> {
    let bytes = read(path)?;
    let model = spec_in(&bytes, path)?.init(0, device).map_err(|e| Error::weights(path, e.to_string()))?;
    fill(model, bytes, path)
}

/// `model` with the weights of a file, which must be those of a model built alike.
///
/// # Errors
/// [`Error::Io`] where the file cannot be read, [`Error::Weights`] where it is foreign, damaged or another model's.
pub fn load_into(model: Model, path: &Path) -> Result<Model> {
    let bytes = read(path)?;
    let (found, expected) = (spec_in(&bytes, path)?, model.spec());
    if found != expected {
        let describe =
            |s: &ModelSpec| format!("{} -> {} channels, {}", s.in_channels, s.out_channels, s.config);
        let reason = format!("expected a model with {}, found {}", describe(&expected), describe(&found));
        return Err(Error::weights(path, reason));
    }
    fill(model, bytes, path)
}

fn read(path: &Path) -> Result<Vec<u8>> {
    fs::read(path).map_err(|e| Error::io(path, e))
}

fn spec_in(bytes: &[u8], path: &Path) -> Result<ModelSpec> {
    let (_, header) = SafeTensors::read_metadata(bytes)
        .map_err(|e| Error::weights(path, format!("not a complete safetensors file ({e})")))?;
    let text = header.metadata().as_ref().and_then(|map| map.get(METADATA_KEY));
    let text = text.ok_or_else(|| {
        Error::weights(
            path,
            format!("not written by this library: metadata entry `{METADATA_KEY}` is missing"),
        )
    })?;
    let spec: ModelSpec = serde_json::from_str(text)
        .map_err(|e| Error::weights(path, format!("metadata entry `{METADATA_KEY}` is not a model ({e})")))?;
    spec.config.validate().map_err(|e| Error::weights(path, e.to_string()))?;
    Ok(spec)
}

fn fill(mut model: Model, bytes: Vec<u8>, path: &Path) -> Result<Model> {
    check_tensors(&model, &bytes, path)?;
    let mut store = SafetensorsStore::from_bytes(Some(bytes));
    model.load_from(&mut store).map_err(|e| Error::weights(path, e.to_string()))?;
    Ok(model)
}

/// Every parameter has its tensor, of its shape and type, and there is nothing else.
fn check_tensors(model: &Model, bytes: &[u8], path: &Path) -> Result<()> {
    let file = SafeTensors::deserialize(bytes)
        .map_err(|e| Error::weights(path, format!("not a complete safetensors file ({e})")))?;
    let mut found: BTreeMap<String, String> = BTreeMap::new();
    for (name, view) in file.iter() {
        found.insert(name.to_owned(), format!("{:?} {:?}", view.dtype(), view.shape()));
    }
    for tensor in model.collect(None, None, false) {
        let expected = format!("{:?} {:?}", tensor.dtype, tensor.shape.to_vec());
        match found.remove(&tensor.name) {
            None => {
                return Err(Error::weights(
                    path,
                    format!("tensor `{}` ({expected}) is missing", tensor.name),
                ));
            }
            Some(found) if found != expected => {
                let reason = format!("tensor `{}` must be {expected}, is {found}", tensor.name);
                return Err(Error::weights(path, reason));
            }
            Some(_) => {}
        }
    }
    match found.keys().next() {
        Some(name) => {
            Err(Error::weights(path, format!("tensor `{name}` belongs to no parameter of the model")))
        }
        None => Ok(()),
    }
}
