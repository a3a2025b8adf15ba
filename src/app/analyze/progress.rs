//! Seconds of sound heard -> a bar on standard error, when a person looks at it.

use std::io::IsTerminal;

use indicatif::{ProgressBar, ProgressStyle};

/// One bar for all files; silent where standard error is no terminal.
pub struct Progress(Option<ProgressBar>);

impl Progress {
    pub fn new() -> Self {
        if !std::io::stderr().is_terminal() {
            return Self(None);
        }
        let bar = ProgressBar::new(0);
        if let Ok(style) = ProgressStyle::with_template("{wide_bar} {percent:>3} %  {eta} left") {
            bar.set_style(style);
        }
        Self(Some(bar))
    }

    /// A file was opened that is about this long; a length that its header leaves open is not counted.
    pub fn expect(&self, promised_s: Option<f64>) {
        if let (Some(bar), Some(promised_s)) = (&self.0, promised_s) {
            bar.inc_length(promised_s as u64);
        }
    }

    /// So much of a file was heard, of which whole seconds are shown already. Returns how many more are shown now.
    pub fn advance(&self, heard_s: f64, shown_s: u64) -> u64 {
        let more_s = (heard_s as u64).saturating_sub(shown_s);
        if let (Some(bar), 1..) = (&self.0, more_s) {
            bar.inc(more_s);
        }
        more_s
    }

    /// Prints something without tearing the bar.
    pub fn aside(&self, print: impl FnOnce()) {
        match &self.0 {
            Some(bar) => bar.suspend(print),
            None => print(),
        }
    }

    pub fn finish(&self) {
        if let Some(bar) = &self.0 {
            bar.finish_and_clear();
        }
    }
}
