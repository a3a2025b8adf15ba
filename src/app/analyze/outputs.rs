//! The FILEs and OUTs of the command line -> which rows go to which file, refused before any work where they clash.

use std::collections::HashMap;
use std::ffi::{OsStr, OsString};
use std::fs::{self, File};
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};

/// What is wrong with an OUT.
#[derive(Debug, thiserror::Error)]
pub enum BadOutput {
    #[error("{0} and {1} would both be written to {2}: rename one, or analyse them one by one")]
    EqualStems(String, String, String),
    #[error("--frames and --segments would both write {0}: name two places")]
    SamePlace(String),
    #[error("OUT {0} is one of the files to analyse and would be overwritten: name another place")]
    Input(String),
    #[error("OUT {0} is a file, but several files are analysed: name a folder")]
    NotFolder(String),
    #[error("OUT {path} cannot be written: {fault}")]
    Write { path: String, fault: io::Error },
    #[error("the rows could not be written, and nothing was left behind: {0}")]
    Rows(io::Error),
}

impl BadOutput {
    /// The arguments clash, whatever the state of the disk.
    pub fn is_usage(&self) -> bool {
        !matches!(self, Self::Write { .. } | Self::Rows(_))
    }

    fn write(path: &Path, fault: io::Error) -> Self {
        Self::Write { path: path.display().to_string(), fault }
    }
}

/// Where the rows of each file go.
pub struct Outputs {
    frames: Vec<PathBuf>,
    segments: Vec<PathBuf>,
}

impl Outputs {
    /// Decides for every file, and makes the folders that are missing.
    pub fn plan(
        files: &[PathBuf],
        frames: Option<&Path>,
        segments: Option<&Path>,
    ) -> Result<Self, BadOutput> {
        let places = |out| places(files, out);
        let (frames, segments) = (places(frames)?, places(segments)?);
        for (frames, segments) in frames.iter().zip(&segments) {
            if same(frames, segments) {
                return Err(BadOutput::SamePlace(frames.display().to_string()));
            }
        }
        for place in frames.iter().chain(&segments) {
            if files.iter().any(|file| same(file, place)) {
                return Err(BadOutput::Input(place.display().to_string()));
            }
        }
        let outputs = Self { frames, segments };
        if files.len() > 1 {
            outputs.make_folders()?;
        }
        Ok(outputs)
    }

    /// Where the frames of the `n`th file go.
    pub fn frames(&self, n: usize) -> Option<&Path> {
        self.frames.get(n).map(PathBuf::as_path)
    }

    /// Where the segments of the `n`th file go.
    pub fn segments(&self, n: usize) -> Option<&Path> {
        self.segments.get(n).map(PathBuf::as_path)
    }

    fn make_folders(&self) -> Result<(), BadOutput> {
        for place in self.frames.first().into_iter().chain(self.segments.first()) {
            if let Some(folder) = place.parent() {
                fs::create_dir_all(folder).map_err(|fault| BadOutput::write(folder, fault))?;
            }
        }
        Ok(())
    }
}

fn places(files: &[PathBuf], out: Option<&Path>) -> Result<Vec<PathBuf>, BadOutput> {
    let Some(out) = out else {
        return Ok(Vec::new());
    };
    if let [file] = files {
        return Ok(vec![if out.is_dir() { out.join(name_of(file)) } else { out.to_owned() }]);
    }
    if out.exists() && !out.is_dir() {
        return Err(BadOutput::NotFolder(out.display().to_string()));
    }
    let mut taken: HashMap<OsString, &Path> = HashMap::new();
    let mut places = Vec::new();
    for file in files {
        let name = name_of(file);
        if let Some(other) = taken.insert(name.clone(), file) {
            let [other, file] = [other, file].map(|path| path.display().to_string());
            return Err(BadOutput::EqualStems(other, file, out.join(name).display().to_string()));
        }
        places.push(out.join(name));
    }
    Ok(places)
}

fn name_of(file: &Path) -> OsString {
    let stem =
        if file.as_os_str() == "-" { OsStr::new("stdin") } else { file.file_stem().unwrap_or_default() };
    let mut name = stem.to_owned();
    name.push(".tsv");
    name
}

fn same(one: &Path, other: &Path) -> bool {
    one == other || one.canonicalize().is_ok_and(|one| other.canonicalize().is_ok_and(|other| one == other))
}

/// A file that appears under its name when it is complete; dropped before, it leaves nothing behind.
pub struct Output {
    writer: BufWriter<File>,
    place: PathBuf,
    /// What is to be renamed; `None` where the place is a device or a pipe, which takes what comes.
    partial: Option<PathBuf>,
}

impl Output {
    pub fn create(place: &Path) -> Result<Self, BadOutput> {
        let bad = |fault| BadOutput::write(place, fault);
        let kind = fs::metadata(place).map(|data| data.file_type()).ok();
        if kind.is_some_and(|kind| !kind.is_file() && !kind.is_dir()) {
            let device = File::options().write(true).open(place).map_err(bad)?;
            return Ok(Self { writer: BufWriter::new(device), place: place.to_owned(), partial: None });
        }
        if kind.is_some_and(|kind| kind.is_dir()) {
            return Err(bad(io::ErrorKind::IsADirectory.into()));
        }
        let Some(name) = place.file_name() else {
            return Err(bad(io::ErrorKind::InvalidFilename.into()));
        };
        let mut partial_name = OsString::from(".");
        partial_name.push(name);
        partial_name.push(format!(".{}.partial", std::process::id()));
        let partial = place.with_file_name(partial_name);
        let file = File::create(&partial).map_err(bad)?;
        Ok(Self { writer: BufWriter::new(file), place: place.to_owned(), partial: Some(partial) })
    }

    /// Writes what is buffered and gives the file its name.
    pub fn finish(mut self) -> Result<(), BadOutput> {
        self.complete().map_err(|fault| BadOutput::write(&self.place, fault))
    }

    fn complete(&mut self) -> io::Result<()> {
        self.writer.flush()?;
        if let Some(partial) = &self.partial {
            fs::rename(partial, &self.place)?;
            self.partial = None;
        }
        Ok(())
    }
}

impl Write for Output {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.writer.write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.writer.flush()
    }
}

impl Drop for Output {
    fn drop(&mut self) {
        if let Some(partial) = &self.partial {
            // Nothing more can be done about a file that cannot be removed either.
            let _ = fs::remove_file(partial);
        }
    }
}
