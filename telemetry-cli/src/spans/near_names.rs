//! Finds the names of spans that are similar to a name that no span has.

use telemetry_schema::nearest::nearest;

use crate::selection::NamePattern;

/// The most names that a message lists.
const MOST: usize = 3;

/// Returns names that contain the name or the family, and otherwise those with a similar segment, in alphabetical order.
pub fn near_names<'a>(
    patterns: &[NamePattern],
    names: impl IntoIterator<Item = &'a str>,
) -> Vec<&'a str> {
    let mut names: Vec<&str> = names.into_iter().collect();
    names.sort_unstable();
    let words: Vec<String> = patterns.iter().map(ToString::to_string).collect();
    let words = || words.iter().map(|word| word.trim_end_matches(".*"));
    let contains = |name: &&&str| words().any(|word| name.contains(word));
    let is_similar = |name: &&&str| {
        let parts = || name.split('.').chain([**name]);
        words().any(|word| nearest(word, parts()).is_some())
    };
    let mut near: Vec<&str> = names.iter().filter(contains).copied().collect();
    if near.is_empty() {
        near = names.iter().filter(is_similar).copied().collect();
    }
    near.truncate(MOST);
    near
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_that_contain_the_word_come_before_similar_ones() {
        let names = [
            "model.request",
            "chat.send",
            "chatwidget.open",
            "agent.chat",
            "status",
        ];
        let near = |pattern: &str| near_names(&[pattern.parse().unwrap()], names);
        assert_eq!(near("chat"), ["agent.chat", "chat.send", "chatwidget.open"]);
        assert_eq!(near("agent.*"), ["agent.chat"]);
        assert_eq!(near("model.requst"), ["model.request"]);
        assert_eq!(near("reqest"), ["model.request"]);
        assert_eq!(near("billing"), [""; 0]);
    }
}
