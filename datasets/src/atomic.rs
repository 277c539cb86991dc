//! Files that are either complete under their final name or not there.
//!
//! A file is written under `NAME.partial` in its destination folder, synced, and renamed; the folder is synced after the rename.
//! A rename within a folder is atomic, so a reader, a killed process or a power cut never leaves half a file under `NAME`.

use std::ffi::OsString;
use std::fs::{File, OpenOptions, TryLockError};
use std::io::Write as _;
use std::path::{Path, PathBuf};

use crate::{Error, Result};

/// The exclusive right to make one file, held from before its first byte until after its rename.
///
/// Two processes that were given the same shard must not both write it, and a partial file left by a killed process must not
/// stop its successor. The right is an advisory lock on `.NAME.lock` beside the file: the system drops it with the process,
/// however that ends. The lock file is unlinked only by its holder, and a lock counts only if the path still leads to the
/// locked inode, so a late-comer never holds a lock on an unlinked file.
#[derive(Debug)]
pub(crate) struct Claim {
    lock: PathBuf,
    partial: PathBuf,
    target: PathBuf,
    published: bool,
    _held: File,
}

impl Claim {
    /// Claims `target` and clears away the partial file of a dead predecessor.
    pub(crate) fn new(target: &Path) -> Result<Self> {
        let lock = sibling(target, ".", ".lock")?;
        let partial = sibling(target, "", ".partial")?;
        let held = loop {
            let file = OpenOptions::new()
                .create(true)
                .truncate(false)
                .write(true)
                .open(&lock)
                .map_err(|e| Error::io("create", &lock, e))?;
            match file.try_lock() {
                Ok(()) if leads_to(&lock, &file) => break file,
                Ok(()) => {}
                Err(TryLockError::WouldBlock) => return Err(Error::Busy { path: target.to_path_buf() }),
                Err(TryLockError::Error(e)) => return Err(Error::io("lock", &lock, e)),
            }
        };
        let claim = Self { lock, partial, target: target.to_path_buf(), published: false, _held: held };
        claim.clear()?;
        Ok(claim)
    }

    /// Clears away what a process that was killed just after its rename left beside the finished `target`.
    pub(crate) fn sweep(target: &Path) -> Result<()> {
        let leftovers = [sibling(target, ".", ".lock")?, sibling(target, "", ".partial")?];
        if !leftovers.iter().any(|path| path.exists()) {
            return Ok(());
        }
        match Self::new(target) {
            // Its owner lives, and clears up itself.
            Err(Error::Busy { .. }) => Ok(()),
            claim => claim.map(drop),
        }
    }

    /// Where to write.
    pub(crate) fn partial(&self) -> &Path {
        &self.partial
    }

    /// The final name.
    pub(crate) fn target(&self) -> &Path {
        &self.target
    }

    /// Makes the partial file durable and gives it its final name.
    pub(crate) fn publish(mut self) -> Result<PathBuf> {
        let file = File::open(&self.partial).map_err(|e| Error::io("open", &self.partial, e))?;
        file.sync_all().map_err(|e| Error::io("sync", &self.partial, e))?;
        std::fs::rename(&self.partial, &self.target).map_err(|e| Error::io("rename to", &self.target, e))?;
        self.published = true;
        sync_folder(&self.target)?;
        Ok(self.target.clone())
    }

    fn clear(&self) -> Result<()> {
        match std::fs::remove_file(&self.partial) {
            Err(e) if e.kind() != std::io::ErrorKind::NotFound => Err(Error::io("remove", &self.partial, e)),
            _ => Ok(()),
        }
    }
}

impl Drop for Claim {
    fn drop(&mut self) {
        // Nothing can be done about a failure here; the next claim clears both files.
        if !self.published {
            let _ = self.clear();
        }
        let _ = std::fs::remove_file(&self.lock);
    }
}

/// Writes a small file whole: a reader sees the old content or the new one, never a part.
///
/// # Errors
/// [`Error::Io`] naming the path if the folder is missing or not writable or the disk is full, [`Error::Busy`] if another process
/// is writing the same file; the old file is then untouched.
pub fn atomic_write(path: &Path, content: &[u8]) -> Result<()> {
    let claim = Claim::new(path)?;
    let mut file = File::create_new(claim.partial()).map_err(|e| Error::io("create", claim.partial(), e))?;
    file.write_all(content).map_err(|e| Error::io("write", claim.partial(), e))?;
    drop(file);
    claim.publish().map(|_| ())
}

/// Creates a folder and its parents.
pub(crate) fn create_folder(path: &Path) -> Result<()> {
    std::fs::create_dir_all(path).map_err(|e| Error::io("create folder", path, e))
}

fn sibling(path: &Path, before: &str, after: &str) -> Result<PathBuf> {
    let name = path
        .file_name()
        .ok_or_else(|| Error::config("file to write", "a path with a file name", path.display()))?;
    let mut full = OsString::from(before);
    full.push(name);
    full.push(after);
    Ok(path.with_file_name(full))
}

fn sync_folder(path: &Path) -> Result<()> {
    #[cfg(unix)]
    {
        let folder = match path.parent() {
            Some(p) if !p.as_os_str().is_empty() => p,
            _ => Path::new("."),
        };
        let handle = File::open(folder).map_err(|e| Error::io("open folder", folder, e))?;
        handle.sync_all().map_err(|e| Error::io("sync folder", folder, e))?;
    }
    #[cfg(not(unix))]
    let _ = path;
    Ok(())
}

#[cfg(unix)]
fn leads_to(path: &Path, file: &File) -> bool {
    use std::os::unix::fs::MetadataExt as _;
    match (std::fs::metadata(path), file.metadata()) {
        (Ok(a), Ok(b)) => (a.dev(), a.ino()) == (b.dev(), b.ino()),
        _ => false,
    }
}

/// Elsewhere an open file cannot be unlinked, so the path leads to it.
#[cfg(not(unix))]
fn leads_to(_: &Path, _: &File) -> bool {
    true
}
