//! `undertone ear`: the child process that hears. Started by the desk, never by hand.

use std::path::PathBuf;

use super::Stop;
use crate::ear::room::{self, Options};
use crate::observations::AudioHost;

#[derive(Debug, clap::Args)]
pub struct Arguments {
    #[arg(long)]
    data: PathBuf,
    #[arg(long)]
    streams_max: usize,
    #[arg(long, value_parser = parse_host)]
    audio_host: AudioHost,
    #[arg(long)]
    tls: bool,
}

fn parse_host(text: &str) -> Result<AudioHost, String> {
    text.parse().map_err(|()| "use alsa or pulseaudio".to_owned())
}

pub fn run(arguments: &Arguments) -> Result<(), Stop> {
    super::log::start_in_ear();
    let options = Options {
        data: arguments.data.clone(),
        streams_max: arguments.streams_max,
        audio_host: arguments.audio_host,
        tls: arguments.tls,
    };
    room::run(&options).map_err(|error| {
        Stop::Failure(format!(
            "the ear cannot run: {error} (it is started by `undertone serve`, never by hand)"
        ))
    })
}
