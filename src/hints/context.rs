//! What is known of a call besides its sound: the client, open matters, the agenda. Given by people, never heard.

/// Everything may be unknown.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Context {
    pub industry: Option<String>,
    /// Where the business with the client stands.
    pub stage: Option<String>,
    /// Matters with the client that wait for somebody.
    pub open_items: Option<u32>,
    /// What the client's last objections were about, as a rep tagged them; newest first.
    pub last_objections: Option<Vec<String>>,
    /// The rep is at the client's.
    pub visiting: Option<bool>,
    /// What the call is meant to be about.
    pub agenda: Option<Vec<String>>,
}
