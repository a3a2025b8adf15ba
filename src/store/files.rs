//! Files that nobody else on the machine reads: folders 0700, files 0600.

use std::fs::{self, DirBuilder, File, OpenOptions, Permissions};
use std::io::{self, Write};
use std::os::unix::fs::{DirBuilderExt, MetadataExt, OpenOptionsExt, PermissionsExt};
use std::path::{Path, PathBuf};

const FOLDER: u32 = 0o700;
const FILE: u32 = 0o600;

/// A folder that is written by everybody, each their own, such as `/tmp`.
const STICKY: u32 = 0o1000;

/// Makes a folder, or takes others' rights from one that is there. One that many share keeps its rights.
///
/// # Errors
/// It cannot be made.
pub fn folder(path: &Path) -> io::Result<()> {
    DirBuilder::new().recursive(true).mode(FOLDER).create(path)?;
    let mode = fs::metadata(path)?.mode();
    if mode & 0o077 == 0 || mode & STICKY != 0 {
        return Ok(());
    }
    allow(path, FOLDER)
}

/// Makes a file, or empties one.
///
/// # Errors
/// It cannot be made.
pub fn create(path: &Path) -> io::Result<File> {
    let file = OpenOptions::new().write(true).create(true).truncate(true).mode(FILE).open(path)?;
    file.set_permissions(Permissions::from_mode(FILE))?;
    Ok(file)
}

/// Writes a file, whole or not at all, and waits until it is on disk.
///
/// # Errors
/// It cannot be written.
pub fn write_whole(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let part = beside(path, ".part");
    let mut file = create(&part)?;
    file.write_all(bytes)?;
    file.sync_all()?;
    fs::rename(&part, path)?;
    sync_folder(path)
}

/// A new name is on disk only when its folder is.
///
/// # Errors
/// The folder cannot be opened.
pub fn sync_folder(of: &Path) -> io::Result<()> {
    let folder = of.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    File::open(folder)?.sync_all()
}

/// The name of a file with an ending added.
pub fn beside(path: &Path, ending: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(ending);
    name.into()
}

/// Opens a file to read and write in place; makes it if it is not there.
///
/// # Errors
/// It cannot be opened.
pub fn keep(path: &Path) -> io::Result<File> {
    let file =
        OpenOptions::new().read(true).write(true).create(true).truncate(false).mode(FILE).open(path)?;
    private(path)?;
    Ok(file)
}

/// Takes others' rights from a file, if it is there.
///
/// # Errors
/// Its rights cannot be changed.
pub fn private(path: &Path) -> io::Result<()> {
    match fs::metadata(path) {
        Ok(found) if found.mode() & 0o077 != 0 => allow(path, FILE),
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
        _ => Ok(()),
    }
}

/// A file system without rights, or of another owner, has nothing to take away here.
fn allow(path: &Path, mode: u32) -> io::Result<()> {
    match fs::set_permissions(path, Permissions::from_mode(mode)) {
        Err(error)
            if matches!(error.kind(), io::ErrorKind::PermissionDenied | io::ErrorKind::Unsupported) =>
        {
            tracing::warn!(path = %path.display(), %error, "others on this machine may read it");
            Ok(())
        }
        done => done,
    }
}

/// Whatever this process makes from now on is read by its owner alone.
pub fn keep_to_ourselves() {
    let _ = rustix::process::umask(rustix::fs::Mode::from_raw_mode(0o077));
}

#[cfg(test)]
mod tests {
    use super::*;

    fn mode(path: &Path) -> u32 {
        fs::metadata(path).unwrap().mode() & 0o7777
    }

    #[test]
    fn what_was_open_to_others_is_closed_and_a_shared_folder_stays() {
        let root = tempfile::tempdir().unwrap();
        let (inner, file, shared) =
            (root.path().join("a/b"), root.path().join("file"), root.path().join("shared"));
        folder(&inner).unwrap();
        assert_eq!(mode(&inner), 0o700);
        fs::set_permissions(&inner, Permissions::from_mode(0o755)).unwrap();
        folder(&inner).unwrap();
        assert_eq!(mode(&inner), 0o700);
        fs::write(&file, "x").unwrap();
        fs::set_permissions(&file, Permissions::from_mode(0o644)).unwrap();
        private(&file).unwrap();
        assert_eq!(mode(&file), 0o600);
        private(&root.path().join("none")).unwrap();
        fs::create_dir(&shared).unwrap();
        fs::set_permissions(&shared, Permissions::from_mode(0o1777)).unwrap();
        folder(&shared).unwrap();
        assert_eq!(mode(&shared), 0o1777);
    }
}
