//! What a sound system needs from the outside once the walls stand.

use std::ffi::OsString;
use std::path::PathBuf;

use crate::ear::sandbox::Needs;
use crate::observations::AudioHost;

/// What ALSA reads to know its devices. Not `/etc/alsa/conf.d`: what lies there loads libraries, and where one of
/// those cannot be read ALSA gives no device at all; a folder that cannot be read it passes over.
/// `/dev/full` is where ALSA's own silent device comes from; it gives zeros and keeps nothing.
const ALSA_READS: [&str; 3] = ["/usr/share/alsa", "/etc/asound.conf", "/dev/full"];

/// ALSA needs its devices and its settings. A sound server needs local sockets, which the receipt names, and the
/// cookie that it knows its users by.
pub fn needs(host: AudioHost) -> Needs {
    if !cfg!(feature = "devices") {
        return Needs::default();
    }
    match host {
        AudioHost::Alsa => {
            let named = std::env::var_os("ALSA_CONFIG_PATH").unwrap_or_default();
            let read = ALSA_READS.into_iter().map(PathBuf::from).chain(std::env::split_paths(&named));
            Needs { read: read.collect(), devices: vec!["/dev/snd".into()], local_sockets: false }
        }
        AudioHost::Pulseaudio => Needs { read: cookies(), devices: Vec::new(), local_sockets: true },
    }
}

fn cookies() -> Vec<PathBuf> {
    let home = |inside: &str| {
        std::env::var_os("HOME").filter(|home| !home.is_empty()).map(|home| PathBuf::from(home).join(inside))
    };
    let named = std::env::var_os("PULSE_COOKIE").filter(|path| *path != OsString::new()).map(PathBuf::from);
    [named, home(".config/pulse/cookie"), home(".pulse-cookie")].into_iter().flatten().collect()
}
