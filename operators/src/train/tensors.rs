//! Named tensors in safetensors files.

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io::Write;
use std::path::Path;

use burn::module::Module;
use burn::tensor::{DType, TensorData};
use safetensors::SafeTensors;
use safetensors::tensor::{Dtype, TensorView};

use super::error::{Result, TrainError};
use super::params;

fn stored_type(dtype: DType, path: &Path, name: &str) -> Result<Dtype> {
    match dtype {
        DType::F64 => Ok(Dtype::F64),
        DType::F32 => Ok(Dtype::F32),
        other => {
            Err(TrainError::content(path, format!("`{name}` has type {other:?}; F32 or F64 are supported")))
        }
    }
}

/// Writes and syncs; the caller sees to it that the file gets its final name only then.
pub(super) fn write(path: &Path, tensors: &[(String, TensorData)]) -> Result<()> {
    let mut views = Vec::with_capacity(tensors.len());
    for (name, data) in tensors {
        let dtype = stored_type(data.dtype(), path, name)?;
        let view = TensorView::new(dtype, data.shape().to_vec(), data.as_bytes());
        views.push((name.as_str(), view.map_err(|e| TrainError::content(path, e))?));
    }
    let bytes = safetensors::serialize(views, None).map_err(|e| TrainError::content(path, e))?;
    let mut file = File::create(path).map_err(TrainError::io(path, "creating"))?;
    file.write_all(&bytes).map_err(TrainError::io(path, "writing"))?;
    file.sync_all().map_err(TrainError::io(path, "syncing"))
}

/// All tensors of a file by name.
pub(super) fn read(path: &Path) -> Result<BTreeMap<String, TensorData>> {
    let bytes = fs::read(path).map_err(TrainError::io(path, "reading"))?;
    let file = SafeTensors::deserialize(&bytes)
        .map_err(|e| TrainError::content(path, format!("not a complete safetensors file ({e})")))?;
    let mut tensors = BTreeMap::new();
    for (name, view) in file.iter() {
        let dtype = match view.dtype() {
            Dtype::F64 => DType::F64,
            Dtype::F32 => DType::F32,
            other => {
                return Err(TrainError::content(
                    path,
                    format!("`{name}` has type {other:?}, expected F32 or F64"),
                ));
            }
        };
        let data = TensorData::from_bytes_vec(view.data().to_vec(), view.shape().to_vec(), dtype);
        tensors.insert(name.to_string(), data);
    }
    Ok(tensors)
}

/// Saves the parameters of `module` under their paths (`blocks.0.skip.weight`).
///
/// The file gets its name when it is complete, never before.
///
/// # Errors
/// [`TrainError::Io`] if it cannot be written, [`TrainError::Device`] if a parameter cannot be read.
pub fn save_weights<M: Module>(module: &M, path: &Path) -> Result<()> {
    let partial = path.with_extension("safetensors.partial");
    write(&partial, &params::values(module)?)?;
    fs::rename(&partial, path).map_err(TrainError::io(path, "renaming to"))?;
    super::files::sync_parent(path)
}

/// `module` with the parameters of a file that [`save_weights`] wrote.
///
/// # Errors
/// [`TrainError::Io`] if it cannot be read; [`TrainError::Content`] if it is damaged or belongs to another model: a
/// parameter is missing, left over, or has another shape or type.
pub fn load_weights<M: Module>(module: M, path: &Path) -> Result<M> {
    let tensors = read(path)?;
    let entries = params::entries(&module);
    let mut values = Vec::with_capacity(entries.len());
    for entry in &entries {
        let found = tensors.get(&entry.name).ok_or_else(|| {
            TrainError::content(
                path,
                format!("belongs to another model: parameter `{}` is missing", entry.name),
            )
        })?;
        if found.shape().as_slice() != entry.shape || found.dtype() != entry.dtype {
            let message = format!(
                "belongs to another model: parameter `{}` must be {:?} {:?}, but is {:?} {:?}",
                entry.name,
                entry.dtype,
                entry.shape,
                found.dtype(),
                found.shape().as_slice(),
            );
            return Err(TrainError::content(path, message));
        }
        values.push(found);
    }
    if let Some(extra) = tensors.keys().find(|name| entries.iter().all(|e| e.name != **name)) {
        let message =
            format!("belongs to another model: it has a parameter `{extra}`, which this one has not");
        return Err(TrainError::content(path, message));
    }
    Ok(params::with_values(module, &values))
}
