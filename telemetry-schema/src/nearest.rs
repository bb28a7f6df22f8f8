//! The valid word that is nearest to an invalid one.

/// Returns whether `found` differs from `name` by at most `edits` letters, apart from case and from `-` in the place of `_`. A
/// longer word that begins with `name` is another name.
///
/// ```
/// use telemetry_schema::nearest::is_misspelt;
/// assert!(is_misspelt("Telemtry-Dir", "telemetry_dir", 1));
/// assert!(!is_misspelt("telemetry_dir", "telemetry_dir", 1));
/// assert!(!is_misspelt("telemetry2", "telemetry", 2));
/// assert!(!is_misspelt("otel", "telemetry", 2));
/// ```
pub fn is_misspelt(found: &str, name: &str, edits: usize) -> bool {
    let normalized = found.to_lowercase().replace('-', "_");
    if normalized.starts_with(name) {
        return normalized.len() == name.len() && found != name;
    }
    strsim::osa_distance(&normalized, name) <= edits
}

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
