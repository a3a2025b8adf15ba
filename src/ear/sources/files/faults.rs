//! What can be wrong with a file, in words for the person who named it.

use std::io;

use symphonia::core::errors::Error as Fault;

use super::wav_header::BadWav;

/// Why a file cannot be heard; each continues a sentence that begins with its name.
#[derive(Debug, thiserror::Error)]
pub enum SourceError {
    #[error("there is no such file: check the path")]
    Missing,
    #[error("it is a folder: name the files in it")]
    Folder,
    #[error("it cannot be read: {0}")]
    Read(#[from] io::Error),
    #[error("it is not WAV, FLAC, MP3, OGG, M4A, AAC, WebM or AIFF: convert it, for example to 16-bit WAV")]
    NotSound,
    #[error(
        "its sound is {0}, which cannot be decoded here: convert it to 16-bit WAV, for example with ffmpeg"
    )]
    Codec(&'static str),
    #[error("what stands on standard input is not WAV: only WAV can be read from there")]
    NotWav,
    #[error("it is empty: no byte of sound is in it")]
    Empty,
    #[error(transparent)]
    Wav(#[from] BadWav),
    #[error("it is damaged or of a kind that cannot be decoded ({0}): convert it, for example to 16-bit WAV")]
    Undecodable(String),
    #[error("it holds no sound that can be decoded: record or convert it anew")]
    Nothing,
}

/// What is wrong with a file whose sound could be used nevertheless.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum Warning {
    #[error(
        "the file ends early: {heard_s:.1} s of the {promised_s:.1} s that its header promises were analysed"
    )]
    EndsEarly { heard_s: f64, promised_s: f64 },
    #[error("damaged parts were passed over and count as lost sound: {lost_s:.1} s")]
    Damaged { lost_s: f64 },
    #[error("the file ends early: its last part is missing and {heard_s:.1} s were analysed")]
    Cut { heard_s: f64 },
    #[error(
        "{more_s:.1} s stand after the sound that the header names and were not analysed: \
         several files may have been joined; split them, or convert the file"
    )]
    More { more_s: f64 },
    #[error("the format changes within the file: only its first {heard_s:.1} s were analysed")]
    Changes { heard_s: f64 },
    #[error("the file could not be read to its end ({fault}): its first {heard_s:.1} s were analysed")]
    Broken { fault: String, heard_s: f64 },
}

/// The sound simply stopped.
pub fn is_end(fault: &Fault) -> bool {
    matches!(fault, Fault::IoError(fault) if fault.kind() == io::ErrorKind::UnexpectedEof)
}

/// Why a file could not be opened at all.
pub fn undecodable(fault: Fault) -> SourceError {
    match fault {
        fault if is_end(&fault) => SourceError::Nothing,
        Fault::IoError(fault) => SourceError::Read(fault),
        Fault::DecodeError(what) | Fault::Unsupported(what) | Fault::LimitError(what) => {
            SourceError::Undecodable(what.to_owned())
        }
        fault => SourceError::Undecodable(fault.to_string()),
    }
}
