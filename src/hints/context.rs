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
    /// Objection signals in earlier calls with the client, since the last one whose rep said what it was about.
    pub hesitations_before: Option<u32>,
}

impl Context {
    /// What this one does not say is taken from `other`.
    pub fn or(self, other: Self) -> Self {
        Self {
            industry: self.industry.or(other.industry),
            stage: self.stage.or(other.stage),
            open_items: self.open_items.or(other.open_items),
            last_objections: self.last_objections.or(other.last_objections),
            visiting: self.visiting.or(other.visiting),
            agenda: self.agenda.or(other.agenda),
            hesitations_before: self.hesitations_before.or(other.hesitations_before),
        }
    }
}
