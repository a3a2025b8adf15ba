//! An ear that was built without a sound library: no inputs, and the reason.

use super::Format;
use super::Sink;
use crate::observations::{AudioHost, DeviceList};
use crate::units::Layout;

const WHY: &str =
    "this build has no sound library: build it with the feature `devices`, or use a browser's microphone";

/// What an open input would be.
pub enum Stream {}

pub fn list(host: AudioHost) -> DeviceList {
    DeviceList::none(host, WHY)
}

/// # Errors
/// Always.
pub fn open<S: Sink>(
    _: AudioHost,
    _: &str,
    _: Layout,
    _: S,
    _: impl FnMut(String) + Send + 'static,
) -> Result<(Stream, Format), String> {
    Err(WHY.to_owned())
}
