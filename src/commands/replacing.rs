//! Files that commands write: they stand beside their place until they are whole, so that whatever is killed leaves
//! the former file as it was; and never in the place of the store's own.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use tempfile::NamedTempFile;

use crate::store::Store;

/// A file that takes the place of another when it is finished. Dropped before, it leaves nothing.
pub(super) enum Replacing {
    /// A file beside the place that it takes.
    Beside(PathBuf, NamedTempFile),
    /// What nothing can take the place of, such as a pipe or a terminal.
    Straight(File),
}

impl Replacing {
    /// Begins a file that is to stand at `path`.
    pub(super) async fn at(path: &Path, store: &Store) -> Result<Self, String> {
        let shown = path.display();
        let failed = |error: io::Error| format!("{shown} cannot be written: {error}");
        let target = place_of(path).map_err(failed)?;
        let own = store.files().await.map_err(|error| format!("the store failed: {error}"))?;
        if own.iter().any(|own| place_of(own).is_ok_and(|own| own == target)) {
            return Err(format!("{shown} belongs to the store itself; name another file"));
        }
        let former = fs::metadata(&target).ok();
        if former.as_ref().is_some_and(fs::Metadata::is_dir) {
            return Err(format!("{shown} is a folder; name a file in it"));
        }
        if let Some(former) = &former {
            // Opened where it is replaced, too: whoever made it read-only wants to keep it.
            let file = OpenOptions::new().write(true).open(&target).map_err(failed)?;
            if !former.is_file() {
                return Ok(Replacing::Straight(file));
            }
        }
        let folder = target.parent().unwrap_or(Path::new("/"));
        let beside = temporary(folder)
            .map_err(|error| format!("{shown} cannot be written: nothing can be put beside it: {error}"))?;
        if let Some(former) = former {
            beside.as_file().set_permissions(former.permissions()).map_err(failed)?;
        }
        Ok(Replacing::Beside(target, beside))
    }

    /// Puts the finished file into its place.
    pub(super) fn finish(self) -> io::Result<()> {
        match self {
            Replacing::Straight(mut file) => file.flush(),
            Replacing::Beside(target, beside) => {
                // A name that points to what a power cut took would be worse than the former file.
                beside.as_file().sync_all()?;
                beside.persist(&target).map(drop).map_err(|error| error.error)
            }
        }
    }
}

impl Write for Replacing {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        match self {
            Replacing::Beside(_, file) => file.as_file_mut().write(bytes),
            Replacing::Straight(file) => file.write(bytes),
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        match self {
            Replacing::Beside(_, file) => file.as_file_mut().flush(),
            Replacing::Straight(file) => file.flush(),
        }
    }
}

/// Where a path leads, whether or not anything stands there yet.
fn place_of(path: &Path) -> io::Result<PathBuf> {
    match path.canonicalize() {
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty());
            let name = path.file_name().ok_or(error)?;
            let folder = folder.unwrap_or(Path::new(".")).canonicalize()?;
            // A link to what is not there yet leads to where it is to stand, and stays a link.
            match fs::read_link(folder.join(name)) {
                Ok(target) => place_of(&folder.join(target)),
                Err(_) => Ok(folder.join(name)),
            }
        }
        other => other,
    }
}

/// A file with the permissions that this user's files have, where by itself it would be its owner's alone.
fn temporary(folder: &Path) -> io::Result<NamedTempFile> {
    let mut builder = tempfile::Builder::new();
    builder.prefix(".weft-").suffix(".part");
    #[cfg(unix)]
    builder.permissions(std::os::unix::fs::PermissionsExt::from_mode(0o666));
    builder.tempfile_in(folder)
}
