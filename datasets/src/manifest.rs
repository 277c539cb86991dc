//! The manifest: what every finished file holds, so that a set made by many machines can be checked and completed.
//!
//! ```text
//! manifest/<split>_<file>.json   written by the process that made the file, right after it; no file is shared
//! manifest.json                  all of them, with the settings of the set; written by `finalize`
//! SHA256SUMS                     the same checksums for `sha256sum -c`
//! ```

use std::fs::File;
use std::io::Read as _;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

use crate::atomic::{Claim, atomic_write, create_folder};
use crate::dataset::Dataset;
use crate::existing::recorded;
use crate::failure::FailedSample;
use crate::measure::{FieldRecord, measure};
use crate::plan::Split;
use crate::{Error, Result};

/// What one file of a set holds.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FileRecord {
    /// The file, relative to the folder of the set, with `/` between folders.
    pub file: String,
    /// Its size.
    pub bytes: u64,
    /// Its SHA-256, in hexadecimal.
    pub sha256: String,
    /// Samples in it.
    pub samples: usize,
    /// Samples that it goes without.
    pub failed: Vec<FailedSample>,
    /// Statistics of every field, which can be merged with those of other files.
    pub fields: Vec<FieldRecord>,
}

/// Path of a file relative to the set, the same on every system.
fn relative(dir: &Path, file: &Path) -> String {
    let path = file.strip_prefix(dir).unwrap_or(file);
    path.iter().map(|part| part.to_string_lossy()).collect::<Vec<_>>().join("/")
}

/// Where the record of a file is kept.
fn place(dir: &Path, file: &Path) -> PathBuf {
    let name = relative(dir, file);
    let name = name.strip_prefix("data/").unwrap_or(&name);
    let stem = name.strip_suffix(".hdf5").unwrap_or(name).replace('/', "_");
    dir.join("manifest").join(format!("{stem}.json"))
}

/// SHA-256 and size of a file.
fn checksum(path: &Path) -> Result<(String, u64)> {
    let mut file = File::open(path).map_err(|e| Error::io("open", path, e))?;
    let (mut hash, mut bytes) = (Sha256::new(), 0);
    let mut buffer = vec![0; 1 << 20];
    loop {
        let n = file.read(&mut buffer).map_err(|e| Error::io("read", path, e))?;
        if n == 0 {
            break;
        }
        hash.update(&buffer[..n]);
        bytes += n as u64;
    }
    Ok((hash.finalize().iter().map(|b| format!("{b:02x}")).collect(), bytes))
}

/// Reads a finished file back from the disk and records it. Returns the record, and whether an earlier record of the same file
/// had another checksum.
pub(crate) fn record(dir: &Path, file: &Path) -> Result<(FileRecord, bool)> {
    let set = Dataset::open(file, Split::Train)?;
    let (sha256, bytes) = checksum(file)?;
    let record = FileRecord {
        file: relative(dir, file),
        bytes,
        sha256,
        samples: set.n_trajectories(),
        failed: recorded(file)?.failed,
        fields: measure(&set)?,
    };
    let path = place(dir, file);
    let before = read(dir, file).ok().flatten();
    create_folder(&dir.join("manifest"))?;
    let text = serde_json::to_vec_pretty(&record)
        .map_err(|e| Error::layout(&path, "record", "numbers that JSON can hold", e.to_string()))?;
    atomic_write(&path, &text)?;
    let changed = before.is_some_and(|b| b.sha256 != record.sha256);
    Ok((record, changed))
}

/// The record of a file; nothing if there is none.
pub(crate) fn read(dir: &Path, file: &Path) -> Result<Option<FileRecord>> {
    let path = place(dir, file);
    let text = match std::fs::read(&path) {
        Ok(text) => text,
        Err(e) if e.kind() == std::io::ErrorKind::NotFound => return Ok(None),
        Err(e) => return Err(Error::io("read", &path, e)),
    };
    let wrong =
        |found: String| Error::layout(&path, "record of the manifest", "what `generate` wrote", found);
    let record: FileRecord = serde_json::from_slice(&text).map_err(|e| wrong(e.to_string()))?;
    if record.file != relative(dir, file) {
        return Err(wrong(format!("that of {}", record.file)));
    }
    Ok(Some(record))
}

/// Clears away what a process that was killed while it wrote the record of `file` left behind.
pub(crate) fn sweep(dir: &Path, file: &Path) -> Result<()> {
    if dir.join("manifest").is_dir() { Claim::sweep(&place(dir, file)) } else { Ok(()) }
}

/// Compares a file with its record: the size, and with `whole` the checksum.
pub(crate) fn check(dir: &Path, file: &Path, record: &FileRecord, whole: bool) -> Result<()> {
    let damaged = |what: &str, expected: String, found: String| {
        let hint = format!("{expected} as in {}", place(dir, file).display());
        Err(Error::Damaged { path: file.to_path_buf(), what: what.into(), expected: hint, found })
    };
    let bytes = std::fs::metadata(file).map_err(|e| Error::io("read", file, e))?.len();
    if bytes != record.bytes {
        return damaged("size", format!("{} bytes", record.bytes), format!("{bytes} bytes"));
    }
    if whole {
        let (sha256, _) = checksum(file)?;
        if sha256 != record.sha256 {
            return damaged("sha256", record.sha256.clone(), sha256);
        }
    }
    Ok(())
}

/// Writes the manifest of the whole set.
pub(crate) fn write(dir: &Path, settings: &serde_json::Value, records: &[FileRecord]) -> Result<()> {
    let path = dir.join("manifest.json");
    let all = serde_json::json!({ "settings": settings, "files": records });
    let text = serde_json::to_vec_pretty(&all)
        .map_err(|e| Error::layout(&path, "manifest", "numbers that JSON can hold", e.to_string()))?;
    atomic_write(&path, &text)?;
    let sums: String = records.iter().map(|r| format!("{}  {}\n", r.sha256, r.file)).collect();
    atomic_write(&dir.join("SHA256SUMS"), sums.as_bytes())
}
