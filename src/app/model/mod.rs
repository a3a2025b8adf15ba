//! `undertone model list` and `undertone model get`: which models there are, whether they are whole, and how one comes in.

mod fetch;

use std::fs;
use std::path::{Path, PathBuf};

use serde::Deserialize;

use super::Stop;
use super::settings::{Flags, Settings};
use crate::store::files;

#[derive(Debug, clap::Args)]
pub struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, clap::Subcommand)]
enum Command {
    /// Say which models there are, and which of them are here and whole.
    List {
        #[command(flatten)]
        flags: Flags,
    },
    /// Take a model from a place that you name; nothing is taken that is not the very one.
    Get {
        #[command(flatten)]
        flags: Flags,
        /// One of those that `list` names
        name: String,
        /// A file, a folder that holds it, or an http(s) address
        #[arg(long, value_name = "PLACE")]
        from: String,
    },
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Manifest {
    model: Vec<Model>,
}

/// One that can be used.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
struct Model {
    name: String,
    r#use: String,
    languages: String,
    /// As it is called where it is published, and here.
    file: String,
    bytes: u64,
    /// In hexadecimal digits.
    sha256: String,
    licence: String,
    r#where: String,
}

/// How a model is here.
#[derive(Debug, PartialEq, Eq)]
enum State {
    Absent,
    Whole,
    Damaged,
}

fn all() -> Vec<Model> {
    let manifest: Result<Manifest, _> = toml::from_str(include_str!("../../../models/manifest.toml"));
    manifest.expect("a test reads it").model
}

pub fn run(arguments: &Arguments) -> Result<(), Stop> {
    let settings = |flags| Settings::gather(flags, std::env::vars());
    match &arguments.command {
        Command::List { flags } => {
            list(&folder(&settings(flags)?.data));
            Ok(())
        }
        Command::Get { flags, name, from } => {
            let (models, folder) = (all(), folder(&settings(flags)?.data));
            let model = named(&models, name)?;
            files::keep_to_ourselves();
            get(model, from, &folder).map_err(Stop::Failure)?;
            println!("{} is here, and whole", model.name);
            Ok(())
        }
    }
}

fn folder(data: &Path) -> PathBuf {
    data.join("models")
}

fn list(folder: &Path) {
    for model in all() {
        let state = match state(&model, folder) {
            State::Absent => "not here",
            State::Whole => "here, whole",
            State::Damaged => "here, damaged: get it again",
        };
        let megabytes = model.bytes as f64 / 1e6;
        println!("{}: {state}\n  for {}; languages: {}", model.name, model.r#use, model.languages);
        println!("  {megabytes:.0} MB, {}, SHA-256 {}", model.licence, model.sha256);
        println!("  {} as {}", model.r#where, model.file);
    }
}

fn named<'a>(models: &'a [Model], name: &str) -> Result<&'a Model, Stop> {
    models.iter().find(|model| model.name == name).ok_or_else(|| {
        let nearest = models.iter().min_by_key(|model| strsim::levenshtein(&model.name, name));
        let nearest = nearest.map_or("", |model| &model.name);
        Stop::Usage(format!(
            "there is no model `{name}`; did you mean `{nearest}`? `undertone model list` names all"
        ))
    })
}

fn state(model: &Model, folder: &Path) -> State {
    let file = folder.join(&model.file);
    match fs::metadata(&file) {
        Err(_) => State::Absent,
        Ok(found) if found.len() != model.bytes => State::Damaged,
        Ok(_) if fetch::hash(&file).is_ok_and(|hash| hash == model.sha256) => State::Whole,
        Ok(_) => State::Damaged,
    }
}

/// Takes a model from a place into a folder; it has its name there only when it is whole.
fn get(model: &Model, from: &str, folder: &Path) -> Result<(), String> {
    if state(model, folder) == State::Whole {
        return Ok(());
    }
    let made = folder.parent().map_or(Ok(()), files::folder).and_then(|()| files::folder(folder));
    made.map_err(|error| format!("{}: {error}", folder.display()))?;
    let part = folder.join(format!("{}.part", model.file));
    let taken = fetch::take(model, from, &part).and_then(|()| {
        let moved = fs::rename(&part, folder.join(&model.file)).and_then(|()| files::sync_folder(&part));
        moved.map_err(|error| format!("{}: {error}", part.display()))
    });
    if taken.is_err() {
        let _ = fs::remove_file(&part);
    }
    taken
}

#[cfg(test)]
mod tests;
