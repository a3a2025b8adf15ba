//! A place that a person names -> the bytes of a model in a file, if they are its own.

use std::fs::File;
use std::io::{self, Read, Write};
use std::path::Path;
use std::time::Duration;

use sha2::{Digest, Sha256};

use super::Model;
use crate::store::files;

const PIECE_BYTES: usize = 1 << 16;

/// An address must answer within this; after that it may take its time.
const ANSWER_WITHIN: Duration = Duration::from_secs(30);

/// Copies into `to`, counting and hashing on the way.
///
/// # Errors
/// The place cannot be read, `to` cannot be written, or it is another file.
pub fn take(model: &Model, from: &str, to: &Path) -> Result<(), String> {
    let mut source = open(model, from)?;
    let mut file = files::create(to).map_err(|error| format!("{}: {error}", to.display()))?;
    let (mut hash, mut piece, mut bytes) = (Sha256::new(), vec![0; PIECE_BYTES], 0);
    loop {
        let count = source.read(&mut piece).map_err(|error| format!("{from}: {error}"))?;
        if count == 0 {
            break;
        }
        bytes += count as u64;
        if bytes > model.bytes {
            return Err(another(model, from, "it is longer"));
        }
        hash.update(&piece[..count]);
        file.write_all(&piece[..count]).map_err(|error| format!("{}: {error}", to.display()))?;
    }
    if bytes < model.bytes {
        return Err(another(model, from, &format!("it ends after {bytes} bytes")));
    }
    let found = digits(&hash.finalize());
    if found != model.sha256 {
        return Err(another(model, from, &format!("its SHA-256 is {found}")));
    }
    file.sync_all().map_err(|error| format!("{}: {error}", to.display()))
}

/// SHA-256 of a file, in hexadecimal digits.
///
/// # Errors
/// It cannot be read.
pub fn hash(file: &Path) -> io::Result<String> {
    let (mut file, mut hash, mut piece) = (File::open(file)?, Sha256::new(), vec![0; PIECE_BYTES]);
    loop {
        match file.read(&mut piece)? {
            0 => return Ok(digits(&hash.finalize())),
            count => hash.update(&piece[..count]),
        }
    }
}

fn open(model: &Model, from: &str) -> Result<Box<dyn Read>, String> {
    if from.starts_with("http://") || from.starts_with("https://") {
        let config = ureq::Agent::config_builder().timeout_recv_response(Some(ANSWER_WITHIN));
        let agent: ureq::Agent = config.timeout_connect(Some(ANSWER_WITHIN)).build().into();
        let answer = agent.get(from).call().map_err(|error| format!("{from}: {error}"))?;
        return Ok(Box::new(answer.into_body().into_reader()));
    }
    let path = Path::new(from);
    let path = if path.is_dir() { path.join(&model.file) } else { path.to_path_buf() };
    let file = File::open(&path).map_err(|error| format!("{}: {error}", path.display()))?;
    Ok(Box::new(file))
}

fn another(model: &Model, from: &str, why: &str) -> String {
    format!("{from} is not {}, of {} bytes: {why}; take it from {}", model.name, model.bytes, model.r#where)
}

fn digits(hash: &[u8]) -> String {
    hash.iter().map(|byte| format!("{byte:02x}")).collect()
}
