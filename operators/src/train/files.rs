//! Files that are whole or not there.

use std::fs::{self, File};
use std::io::Write;
use std::path::Path;

use super::error::{Result, TrainError};

/// Syncs a folder, so that a rename in it outlives a power cut.
pub(super) fn sync_folder(path: &Path) -> Result<()> {
    // Only Unix can open a folder as a file.
    if cfg!(unix) {
        let folder = File::open(path).map_err(TrainError::io(path, "opening"))?;
        folder.sync_all().map_err(TrainError::io(path, "syncing"))?;
    }
    Ok(())
}

pub(super) fn sync_parent(path: &Path) -> Result<()> {
    match path.parent() {
        Some(parent) if parent.as_os_str().is_empty() => sync_folder(Path::new(".")),
        Some(parent) => sync_folder(parent),
        None => Ok(()),
    }
}

/// Writes and syncs a file, in place.
pub(super) fn write_synced(path: &Path, bytes: &[u8]) -> Result<()> {
    let mut file = File::create(path).map_err(TrainError::io(path, "creating"))?;
    file.write_all(bytes).map_err(TrainError::io(path, "writing"))?;
    file.sync_all().map_err(TrainError::io(path, "syncing"))
}

/// Replaces a file in one step: at every moment its name stands for the old or the new content.
///
/// # Errors
/// [`TrainError::Io`] with the path.
pub fn replace_file(path: &Path, bytes: &[u8]) -> Result<()> {
    let mut name = path.file_name().unwrap_or_default().to_os_string();
    name.push(".partial");
    let partial = path.with_file_name(name);
    write_synced(&partial, bytes)?;
    fs::rename(&partial, path).map_err(TrainError::io(path, "renaming to"))?;
    sync_parent(path)
}
