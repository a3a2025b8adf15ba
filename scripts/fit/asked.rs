//! Recordings -> what the fitted models are asked about each of their frames, as rows of 32-bit floats, for fitting.
//!
//! Not part of the product: `cargo run --release --example asked -- FOLDER FILE...` leaves `STEM.CHANNEL.MODEL.f32`
//! for each channel of each file: the length of a row, then a row a frame from the first on. In a row of the pitch
//! stand all candidates of the frame, each with its pitch before its cues.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use undertone::ear::features::{Asked, ChannelFeatures, LOOK_AHEAD_FRAMES};
use undertone::ear::frames::Frame;
use undertone::ear::frames::framer::Framer;
use undertone::ear::sources::files::{Piece, Source};

/// The rows of each model, by frame.
type Rows = BTreeMap<&'static str, Vec<Vec<f32>>>;

fn main() -> ExitCode {
    let mut paths = std::env::args_os().skip(1).map(PathBuf::from);
    let Some(folder) = paths.next() else {
        eprintln!("asked: say where to write and what to read: asked FOLDER FILE...");
        return ExitCode::from(2);
    };
    for path in paths {
        if let Err(fault) = ask(&folder, &path) {
            eprintln!("asked: {}: {fault}", path.display());
            return ExitCode::FAILURE;
        }
    }
    ExitCode::SUCCESS
}

fn ask(folder: &Path, path: &Path) -> Result<(), String> {
    let mut source = Source::open(path).map_err(|fault| fault.to_string())?;
    let channels = source.channels();
    let framers = (0..channels).map(|_| Framer::new(source.rate_hz())).collect::<Result<Vec<_>, _>>();
    let mut framers = framers.map_err(|fault| fault.to_string())?;
    let mut heard: Vec<(ChannelFeatures, Rows)> = (0..channels).map(|_| Default::default()).collect();
    while let Some(piece) = source.next_piece() {
        let Piece::Samples(samples) = piece else { return Err("it has a gap; take whole files".to_owned()) };
        for (i, &sample) in samples.iter().enumerate() {
            let (framer, (features, rows)) = (&mut framers[i % channels], &mut heard[i % channels]);
            framer.push(sample, false);
            if let Some(frame) = framer.frame() {
                hear(features, frame, rows);
                framer.release();
            }
        }
    }
    let stem = path.file_stem().unwrap_or_default().to_string_lossy();
    for (channel, (mut features, mut rows)) in heard.into_iter().enumerate() {
        (0..LOOK_AHEAD_FRAMES).for_each(|_| hear(&mut features, &Frame::silent(), &mut rows));
        for (model, rows) in rows {
            let length = rows.first().map_or(0.0, |row| row.len() as f32);
            let values = std::iter::once(&length).chain(rows.iter().flatten());
            let bytes: Vec<u8> = values.flat_map(|value| value.to_le_bytes()).collect();
            let out = folder.join(format!("{stem}.{channel}.{model}.f32"));
            fs::write(&out, bytes)
                .map_err(|fault| format!("{} cannot be written: {fault}", out.display()))?;
        }
    }
    Ok(())
}

fn hear(features: &mut ChannelFeatures, frame: &Frame, rows: &mut Rows) {
    features.push_asked(frame, &mut |asked| {
        let (model, at, row) = match asked {
            Asked::Voicing(at, cues) => ("voicing", at, cues.to_vec()),
            Asked::Speech(at, cues) => ("speech", at, cues.to_vec()),
            Asked::Nucleus(at, cues) => ("nucleus", at, cues.to_vec()),
            Asked::Pitch(at, candidates, cues) => {
                let pairs = candidates.iter().zip(cues);
                ("pitch", at, pairs.flat_map(|(c, cues)| [&[c.f0_hz][..], cues].concat()).collect())
            }
        };
        let (rows, at) = (rows.entry(model).or_default(), at as usize);
        rows.resize_with(rows.len().max(at + 1), || vec![0.0; row.len()]);
        rows[at] = row;
    });
}
