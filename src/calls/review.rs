//! What the rep says of a call: of a hint, and of the whole when it is over.

/// What a hint was worth.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Rating {
    Useful,
    NotNow,
    Wrong,
}

/// What came of a call.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    /// The business went a step on.
    Advanced,
    Unchanged,
    Won,
    Lost,
}

impl Outcome {
    const ALL: [Self; 4] = [Self::Advanced, Self::Unchanged, Self::Won, Self::Lost];

    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|outcome| outcome.name() == name)
    }

    pub fn name(self) -> &'static str {
        match self {
            Self::Advanced => "advanced",
            Self::Unchanged => "unchanged",
            Self::Won => "won",
            Self::Lost => "lost",
        }
    }
}

const TOPICS_MAX: usize = 10;
const TOPIC_CHARS_MAX: usize = 40;
const NOTES_CHARS_MAX: usize = 2000;

/// The rep's own account. The topic of an objection stands here, and comes from nowhere else.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Review {
    /// Whether there was an objection; `None` while nobody has said.
    pub objection: Option<bool>,
    /// What it was about.
    pub topics: Vec<String>,
    pub notes: String,
    pub outcome: Option<Outcome>,
}

/// Why an account cannot be kept.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ReviewError {
    #[error("there are {0} topics, {TOPICS_MAX} at most")]
    ManyTopics(usize),
    #[error("the topic `{0}` must have 1 to {TOPIC_CHARS_MAX} characters")]
    BadTopic(String),
    #[error("there are topics but no objection: set `objection` to true, or leave `topics` empty")]
    TopicsOfNothing,
    #[error("the notes have {0} characters, {NOTES_CHARS_MAX} at most")]
    LongNotes(usize),
}

impl Review {
    /// Trims and checks; a topic said twice counts once.
    ///
    /// # Errors
    /// Too much of something, or topics without an objection.
    pub fn checked(mut self) -> Result<Self, ReviewError> {
        let mut topics: Vec<String> = Vec::new();
        for topic in self.topics {
            let topic = topic.trim();
            if topic.is_empty() || topic.chars().count() > TOPIC_CHARS_MAX {
                return Err(ReviewError::BadTopic(topic.chars().take(TOPIC_CHARS_MAX).collect()));
            }
            if !topics.iter().any(|known| known == topic) {
                topics.push(topic.to_owned());
            }
        }
        if topics.len() > TOPICS_MAX {
            return Err(ReviewError::ManyTopics(topics.len()));
        }
        if !topics.is_empty() && self.objection != Some(true) {
            return Err(ReviewError::TopicsOfNothing);
        }
        self.notes = self.notes.trim().to_owned();
        let length = self.notes.chars().count();
        if length > NOTES_CHARS_MAX {
            return Err(ReviewError::LongNotes(length));
        }
        Ok(Self { topics, ..self })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn review(objection: Option<bool>, topics: &[&str], notes: &str) -> Result<Review, ReviewError> {
        let topics = topics.iter().map(|&topic| topic.to_owned()).collect();
        Review { objection, topics, notes: notes.into(), outcome: None }.checked()
    }

    #[test]
    fn an_account_is_trimmed_and_said_once() {
        let kept = review(Some(true), &[" 价格", "价格 ", "交期"], " 下周再谈 \n").unwrap();
        assert_eq!(
            (kept.topics, kept.notes.as_str()),
            (vec!["价格".to_owned(), "交期".to_owned()], "下周再谈")
        );
    }

    #[test]
    fn what_is_too_much_or_about_nothing_is_refused() {
        assert_eq!(review(Some(false), &["价格"], ""), Err(ReviewError::TopicsOfNothing));
        assert!(matches!(review(Some(true), &[" "], ""), Err(ReviewError::BadTopic(_))));
        let many: Vec<_> = (0..11).map(|n| n.to_string()).collect();
        let many: Vec<_> = many.iter().map(String::as_str).collect();
        assert_eq!(review(Some(true), &many, ""), Err(ReviewError::ManyTopics(11)));
        assert_eq!(review(None, &[], &"长".repeat(2001)), Err(ReviewError::LongNotes(2001)));
    }
}
