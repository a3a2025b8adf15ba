//! What whoever checks a condition lends it besides the schema.

use crate::units::Zone;

/// For a field by its place and an option of it: that option and all that lie below it, by their keys; or `None` where
/// there is no such tree or option.
pub type Under<'a> = &'a dyn Fn(usize, &str) -> Option<Vec<String>>;

/// What a condition may use besides the fields of its schema.
pub struct Tools<'a> {
    pub under: Under<'a>,
    /// The organisation's: where its days begin.
    pub zone: Zone,
}

impl Tools<'_> {
    pub const NONE: Tools<'static> = Tools { under: &|_, _| None, zone: Zone::UTC };
}
