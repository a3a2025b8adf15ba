//! The calls of a day -> sentences: of the clients that were followed, how many hesitated, and at what.

use std::collections::{BTreeMap, BTreeSet};

use crate::units::Words;

/// A call with a client.
#[derive(Debug, Clone, Copy)]
pub struct Call<'a> {
    pub client: i64,
    pub industry: &'a str,
    pub hesitated: bool,
    pub topics: &'a [String],
}

/// The clients of one industry.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Followed {
    pub industry: String,
    pub clients: usize,
    /// Those that hesitated.
    pub hesitated: Vec<i64>,
    /// What most of them hesitated at; empty when no rep said.
    pub topic: String,
}

impl Followed {
    pub fn said(&self) -> Words {
        let (clients, hesitated) = (self.clients, self.hesitated.len());
        let industry = &self.industry;
        let zh = if industry.is_empty() { "客户".to_owned() } else { format!("{industry}客户") };
        let en = if industry.is_empty() { String::new() } else { format!(" of {industry}") };
        let at = |zh: bool| match (self.topic.as_str(), zh) {
            ("", _) => String::new(),
            (topic, true) => format!("在{topic}上"),
            (topic, false) => format!(" at {topic}"),
        };
        Words {
            zh: format!("跟进的 {clients} 家{zh}里，{hesitated} 家{}有迟疑", at(true)),
            en: format!("{clients} clients{en} were followed, {hesitated} hesitated{}", at(false)),
        }
    }
}

/// Industry by industry, those with most hesitations first.
pub fn followed<'a>(calls: impl IntoIterator<Item = Call<'a>>) -> Vec<Followed> {
    let mut by_industry: BTreeMap<&str, Vec<Call>> = BTreeMap::new();
    for call in calls {
        by_industry.entry(call.industry).or_default().push(call);
    }
    let of = |(industry, calls): (&str, Vec<Call>)| {
        let clients: BTreeSet<_> = calls.iter().map(|call| call.client).collect();
        let hesitant = || calls.iter().filter(|call| call.hesitated);
        let hesitated: BTreeSet<_> = hesitant().map(|call| call.client).collect();
        let mut topics: BTreeMap<&str, BTreeSet<i64>> = BTreeMap::new();
        for call in hesitant() {
            for topic in call.topics {
                topics.entry(topic).or_default().insert(call.client);
            }
        }
        let most = topics.iter().max_by_key(|(topic, clients)| (clients.len(), std::cmp::Reverse(**topic)));
        let topic = most.map_or(String::new(), |(topic, _)| (*topic).to_owned());
        let hesitated = hesitated.into_iter().collect();
        Followed { industry: industry.to_owned(), clients: clients.len(), hesitated, topic }
    };
    let mut all: Vec<_> = by_industry.into_iter().map(of).collect();
    all.sort_by_key(|followed| std::cmp::Reverse(followed.hesitated.len()));
    all
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_day_is_a_sentence() {
        let topics = ["集采".to_owned()];
        let call = |client, hesitated, topics| Call { client, industry: "医院", hesitated, topics };
        let calls = [
            call(1, true, &topics[..]),
            call(1, false, &[]),
            call(2, true, &topics[..]),
            call(3, false, &[]),
            Call { client: 4, industry: "", hesitated: false, topics: &[] },
        ];
        let found = followed(calls);
        assert_eq!(found[0].said().zh, "跟进的 3 家医院客户里，2 家在集采上有迟疑");
        assert_eq!(found[0].said().en, "3 clients of 医院 were followed, 2 hesitated at 集采");
        assert_eq!(
            (&found[0].hesitated, found[1].said().zh.as_str()),
            (&vec![1, 2], "跟进的 1 家客户里，0 家有迟疑")
        );
    }
}
