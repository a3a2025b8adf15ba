//! A path -> the demo conversation as a WAV file there, for trying `undertone analyze` on.
//!
//! Not part of the product, which writes no sound: `cargo run --example demo-recording -- OUT.wav`

use std::fs::File;
use std::io::{self, BufWriter, Write};
use std::process::ExitCode;

use undertone::ear::sources::demo::{CHANNELS, Demo};

fn main() -> ExitCode {
    let Some(path) = std::env::args_os().nth(1) else {
        eprintln!("demo-recording: say where to write: demo-recording OUT.wav");
        return ExitCode::from(2);
    };
    match write(BufWriter::new(match File::create(&path) {
        Ok(file) => file,
        Err(fault) => return failed(&fault),
    })) {
        Ok(()) => ExitCode::SUCCESS,
        Err(fault) => failed(&fault),
    }
}

fn failed(fault: &io::Error) -> ExitCode {
    eprintln!("demo-recording: the file cannot be written: {fault}");
    ExitCode::FAILURE
}

/// 16-bit PCM, the form that everything reads.
fn write(mut out: impl Write) -> io::Result<()> {
    let mut demo = Demo::new();
    let moments = demo.truth().length_ms * u64::from(Demo::RATE_HZ) / 1000;
    let (channels, block) = (CHANNELS as u16, CHANNELS as u16 * 2);
    let bytes = moments as u32 * u32::from(block);
    out.write_all(b"RIFF")?;
    out.write_all(&(36 + bytes).to_le_bytes())?;
    out.write_all(b"WAVEfmt \x10\0\0\0\x01\0")?;
    out.write_all(&channels.to_le_bytes())?;
    out.write_all(&Demo::RATE_HZ.to_le_bytes())?;
    out.write_all(&(Demo::RATE_HZ * u32::from(block)).to_le_bytes())?;
    out.write_all(&block.to_le_bytes())?;
    out.write_all(b"\x10\0data")?;
    out.write_all(&bytes.to_le_bytes())?;
    let mut samples = [0.0; 1024];
    loop {
        let count = demo.fill(&mut samples);
        if count == 0 {
            return out.flush();
        }
        for sample in &samples[..count] {
            out.write_all(&((sample * 32_767.0).clamp(-32_768.0, 32_767.0) as i16).to_le_bytes())?;
        }
    }
}
