//! Two folders with a program each, and two names for them. A name moves in one step, so it always names a whole program.

use std::fs::{self, File, Permissions};
use std::io::{self, Write};
use std::os::unix::fs::{PermissionsExt, symlink};
use std::path::{Path, PathBuf};

const SLOTS: [&str; 2] = ["a", "b"];

const PROGRAM: &str = "undertone";

/// What names a folder.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Link {
    /// The program that is run.
    Current,
    /// The last that has held; it carries updates through.
    Trusted,
}

impl Link {
    fn name(self) -> &'static str {
        match self {
            Self::Current => "current",
            Self::Trusted => "trusted",
        }
    }
}

/// The folder that holds both.
#[derive(Debug, Clone)]
pub struct Slots {
    root: PathBuf,
}

/// The folder that is not this one.
pub fn other(slot: Option<&str>) -> &'static str {
    if slot == Some(SLOTS[0]) { SLOTS[1] } else { SLOTS[0] }
}

impl Slots {
    pub fn new(root: &Path) -> Self {
        Self { root: root.to_path_buf() }
    }

    pub fn root(&self) -> &Path {
        &self.root
    }

    pub fn program(&self, slot: &str) -> PathBuf {
        self.root.join(slot).join(PROGRAM)
    }

    /// Which folder a name stands for; `None` when it stands for no whole program.
    pub fn named(&self, link: Link) -> Option<String> {
        let target = fs::read_link(self.root.join(link.name())).ok()?;
        let slot = target.to_str().filter(|slot| SLOTS.contains(slot))?;
        self.program(slot).exists().then(|| slot.to_owned())
    }

    /// Lets a name stand for a folder; on disk when it returns.
    ///
    /// # Errors
    /// The folder of both cannot be written.
    pub fn point(&self, link: Link, slot: &str) -> io::Result<()> {
        let (new, name) = (self.root.join(format!("{}.new", link.name())), self.root.join(link.name()));
        gone(fs::remove_file(&new))?;
        symlink(slot, &new)?;
        fs::rename(&new, &name)?;
        self.sync()
    }

    /// Puts a program into a folder that nothing runs from; on disk when it returns. Until then the folder is not there.
    ///
    /// # Errors
    /// The folder of both cannot be written, or is full.
    pub fn stage(&self, slot: &str, program: &[u8]) -> io::Result<()> {
        let (part, whole) = (self.root.join(format!("{slot}.part")), self.root.join(slot));
        gone(fs::remove_dir_all(&part))?;
        fs::create_dir(&part)?;
        fs::set_permissions(&part, Permissions::from_mode(0o755))?;
        let mut file = File::create(part.join(PROGRAM))?;
        file.write_all(program)?;
        file.set_permissions(Permissions::from_mode(0o755))?;
        file.sync_all()?;
        File::open(&part)?.sync_all()?;
        gone(fs::remove_dir_all(&whole))?;
        fs::rename(&part, &whole)?;
        self.sync()
    }

    /// Takes away a program that did not hold, so that nobody goes back to it.
    ///
    /// # Errors
    /// The folder of both cannot be written.
    pub fn clear(&self, slot: &str) -> io::Result<()> {
        gone(fs::remove_dir_all(self.root.join(slot)))
    }

    fn sync(&self) -> io::Result<()> {
        File::open(&self.root)?.sync_all()
    }
}

fn gone(removed: io::Result<()>) -> io::Result<()> {
    match removed {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
        _ => Ok(()),
    }
}
