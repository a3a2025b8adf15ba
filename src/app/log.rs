//! Logs on standard error: readable for people, or one JSON object a line for a collector.

use tracing_subscriber::EnvFilter;

/// Starts the log. `UNDERTONE_LOG` filters it, for example `debug` or `undertone::live=trace`; `info` by default.
pub fn start(json: bool) {
    let filter = EnvFilter::try_from_env("UNDERTONE_LOG").unwrap_or_else(|_| EnvFilter::new("info"));
    let log =
        tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr).with_target(false);
    // A second start (as in tests) keeps the first.
    let _ = if json { log.json().try_init() } else { log.compact().try_init() };
}

/// The ear's log: this program's own words only, so that no library can ever print a frame of sound. The desk that
/// passes it on adds the time.
pub fn start_in_ear() {
    let filter = EnvFilter::new("off,undertone=info");
    let log = tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr);
    let _ = log.with_target(false).without_time().with_level(false).with_ansi(false).try_init();
}
