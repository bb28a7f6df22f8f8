//! The valid word that is nearest to an invalid one.

/// The least length of a common beginning: shorter ones are likely to be accidental.
const MIN_PREFIX: usize = 3;

/// Returns the candidate nearest to `word` by edit distance if at most a third of the letters differ; otherwise the first
/// candidate that begins with `word` or with which `word` begins.
///
/// ```
/// use telemetry_schema::nearest::nearest;
/// assert_eq!(nearest("feilds", ["fields", "level"]), Some("fields"));
/// assert_eq!(nearest("warning", ["error", "warn"]), Some("warn"));
/// assert_eq!(nearest("colour", ["fields", "level"]), None);
/// ```
pub fn nearest<'a>(word: &str, candidates: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let allowed = (word.chars().count() / 3).max(1);
    let mut begins = None;
    candidates
        .into_iter()
        .inspect(|candidate| {
            let shorter = word.len().min(candidate.len());
            if shorter >= MIN_PREFIX && (word.starts_with(candidate) || candidate.starts_with(word))
            {
                begins.get_or_insert(*candidate);
            }
        })
        .map(|candidate| (strsim::osa_distance(word, candidate), candidate))
        .filter(|(distance, _)| *distance <= allowed)
        .min_by_key(|(distance, _)| *distance)
        .map(|(_, candidate)| candidate)
        .or(begins)
}
