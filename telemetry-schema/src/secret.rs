//! Which names of fields stand for secrets.

/// Segments of a name (between `.` and `_`) that stand for a secret.
const WORDS: [&str; 13] = [
    "apikey",
    "token",
    "password",
    "passwd",
    "passphrase",
    "secret",
    "secrets",
    "authorization",
    "credential",
    "credentials",
    "bearer",
    "cookie",
    "jwt",
];
/// Pairs of adjacent segments that stand for a secret.
const PAIRS: [(&str, &str); 4] = [
    ("api", "key"),
    ("access", "key"),
    ("private", "key"),
    ("auth", "key"),
];
/// Segments after `token` that make the name harmless: a count or a limit of tokens is not a secret.
const HARMLESS_AFTER_TOKEN: [&str; 12] = [
    "count", "counts", "usage", "limit", "budget", "len", "total", "rate", "estimate", "index",
    "kind", "type",
];

/// Returns the first segment, or pair of segments, of a field's name that stands for a secret.
///
/// ```
/// use telemetry_schema::secret::secret_segment;
/// assert_eq!(secret_segment("openai.api_key"), Some("api_key"));
/// assert_eq!(secret_segment("auth_token"), Some("token"));
/// assert_eq!(secret_segment("prompt_tokens"), None);
/// assert_eq!(secret_segment("token_count"), None);
/// ```
pub fn secret_segment(name: &str) -> Option<&str> {
    let mut segments = Vec::new();
    let mut start = 0;
    for (at, found) in name.char_indices().chain([(name.len(), '.')]) {
        if found == '.' || found == '_' {
            segments.push((start, &name[start..at]));
            start = at + 1;
        }
    }
    for (index, (start, segment)) in segments.iter().enumerate() {
        let next = segments.get(index + 1).map(|(_, next)| *next);
        if let Some(next) = next
            && PAIRS.contains(&(segment, next))
        {
            return Some(&name[*start..start + segment.len() + 1 + next.len()]);
        }
        if *segment == "token" && next.is_some_and(|next| HARMLESS_AFTER_TOKEN.contains(&next)) {
            continue;
        }
        if WORDS.contains(segment) {
            return Some(segment);
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::secret_segment;

    #[test]
    fn names_with_a_secret_segment_are_secret() {
        for name in [
            "api_key",
            "token",
            "password",
            "client_secret",
            "http.authorization",
            "credential",
            "aws.credentials",
            "access_token",
            "private_key.path",
            "apikey",
            "set_cookie",
        ] {
            assert!(secret_segment(name).is_some(), "{name}");
        }
    }

    #[test]
    fn other_names_are_not_secret() {
        for name in [
            "prompt_tokens",
            "token_count",
            "tokens",
            "max_tokens",
            "keyboard",
            "author",
            "key",
            "key_code",
            "tokenizer",
            "secretary",
            "cached_tokens",
            "token_usage",
            "api_keyboard",
        ] {
            assert_eq!(secret_segment(name), None, "{name}");
        }
    }
}
