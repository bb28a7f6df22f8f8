//! Which names of fields stand for secrets.

/// Segments of a name (between `.` and `_`) that stand for a secret.
const WORDS: [&str; 16] = [
    "apikey",
    "auth",
    "token",
    "pass",
    "password",
    "passwd",
    "passphrase",
    "pwd",
    "secret",
    "secrets",
    "authorization",
    "credential",
    "credentials",
    "bearer",
    "cookie",
    "jwt",
];
/// Segments that make a following `key` a secret: kinds of keys, and the services that agents have keys of.
const BEFORE_KEY: [&str; 35] = [
    "api",
    "access",
    "private",
    "auth",
    "master",
    "signing",
    "encryption",
    "ssh",
    "openai",
    "anthropic",
    "azure",
    "gemini",
    "google",
    "vertex",
    "mistral",
    "cohere",
    "groq",
    "xai",
    "grok",
    "deepseek",
    "openrouter",
    "together",
    "fireworks",
    "perplexity",
    "huggingface",
    "hf",
    "replicate",
    "litellm",
    "bedrock",
    "aws",
    "github",
    "gitlab",
    "stripe",
    "provider",
    "virtual",
];
/// Segments after `token` that make the name harmless: a count or a limit of tokens is not a secret.
const AFTER_TOKEN: [&str; 13] = [
    "count", "counts", "usage", "limit", "budget", "len", "total", "rate", "estimate", "index",
    "kind", "type", "ids",
];
/// Segments before `token` that make the name harmless: a measure of tokens, or a token of text.
const BEFORE_TOKEN: [&str; 12] = [
    "max", "min", "per", "first", "last", "num", "stop", "eos", "bos", "pad", "special", "avg",
];
/// Segments after `auth` that make the name harmless: the way in which a user authenticates.
const AFTER_AUTH: [&str; 13] = [
    "method", "mode", "type", "kind", "scheme", "flow", "provider", "status", "error", "required",
    "enabled", "state", "ms",
];
/// Segments after `pass` that make the name harmless: a pass over something.
const AFTER_PASS: [&str; 7] = ["count", "index", "number", "rate", "ms", "through", "total"];

/// Returns the first segment, or pair of segments, of a field's name that stands for a secret.
///
/// ```
/// use telemetry_schema::secret::secret_segment;
/// assert_eq!(secret_segment("openai.api_key"), Some("api_key"));
/// assert_eq!(secret_segment("auth_token"), Some("auth"));
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
        let before = index.checked_sub(1).map(|before| segments[before].1);
        let next = segments.get(index + 1).map(|(_, next)| *next);
        if next == Some("key") && BEFORE_KEY.contains(segment) {
            return Some(&name[*start..start + segment.len() + "_key".len()]);
        }
        if WORDS.contains(segment) && !is_harmless(before, segment, next) {
            return Some(segment);
        }
    }
    None
}

/// Returns whether the segments around `segment` show that the name is harmless.
fn is_harmless(before: Option<&str>, segment: &str, next: Option<&str>) -> bool {
    let is_before = |harmless: &[&str]| before.is_some_and(|before| harmless.contains(&before));
    let is_next = |harmless: &[&str]| next.is_some_and(|next| harmless.contains(&next));
    match segment {
        "token" => is_before(&BEFORE_TOKEN) || is_next(&AFTER_TOKEN),
        "auth" => is_next(&AFTER_AUTH),
        "pass" => is_next(&AFTER_PASS),
        _ => false,
    }
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
            "openai_key",
            "anthropic_key",
            "config.litellm_key",
            "auth",
            "http.auth",
            "pwd",
            "db_pwd",
            "passwd",
            "pass",
            "user_pass",
            "next_token",
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
            "cache_key",
            "pressed_key",
            "primary_key",
            "auth_method",
            "auth.mode",
            "oauth",
            "max_token",
            "cost_per_token",
            "first_token_ms",
            "pass_count",
            "passed",
            "bypass",
        ] {
            assert_eq!(secret_segment(name), None, "{name}");
        }
    }
}
