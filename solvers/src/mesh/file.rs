//! Files that are either complete under their name or not there.

use std::fs::{self, File};
use std::io::{self, BufWriter};
use std::path::{Path, PathBuf};

use crate::{Error, Result};

/// Writes a file under a temporary name beside `path`, syncs and renames it; on failure nothing is left.
pub(super) fn write(path: &Path, body: impl FnOnce(&mut BufWriter<File>) -> io::Result<()>) -> Result<()> {
    let partial = partial(path);
    let written = (|| {
        let mut out = BufWriter::with_capacity(1 << 16, File::create(&partial)?);
        body(&mut out)?;
        out.into_inner().map_err(io::IntoInnerError::into_error)?.sync_all()?;
        fs::rename(&partial, path)
    })();
    written.map_err(|error| {
        // The first error tells more than a failure to clean up.
        let _ = fs::remove_file(&partial);
        Error::File {
            path: path.display().to_string(),
            line: None,
            reason: format!("cannot be written: {error}"),
        }
    })
}

/// Two processes that write the same file must not share a temporary one.
fn partial(path: &Path) -> PathBuf {
    let mut name = path.file_name().unwrap_or_default().to_owned();
    name.push(format!(".{}.partial", std::process::id()));
    path.with_file_name(name)
}
