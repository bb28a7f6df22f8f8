//! The nearest valid word to a mistaken one.

/// The candidate that the user most likely meant by `word`: the nearest by edit distance, if at
/// most a third of the letters differ.
///
/// ```
/// use telemetry_schema::nearest::nearest;
/// assert_eq!(nearest("feilds", ["fields", "level"]), Some("fields"));
/// assert_eq!(nearest("colour", ["fields", "level"]), None);
/// ```
pub fn nearest<'a>(word: &str, candidates: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let allowed = (word.chars().count() / 3).max(1);
    candidates
        .into_iter()
        .map(|candidate| (strsim::osa_distance(word, candidate), candidate))
        .filter(|(distance, _)| *distance <= allowed)
        .min_by_key(|(distance, _)| *distance)
        .map(|(_, candidate)| candidate)
}
