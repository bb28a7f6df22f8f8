//! Names and keys of `tracing` in the grammar of telemetry, so that every line has the form that readers expect.

use telemetry_schema::name::{self, MAX_LEN};
use telemetry_schema::secret::secret_segment;

use crate::enabled::mask;

/// The name of a record whose target and name have no letter.
const UNNAMED: &str = "unnamed";

/// Returns the name of a record: the target with dots in place of `::`, and behind it the name of a span, or of an event
/// that has one.
pub(super) fn record_name(target: &str, own: Option<&str>) -> String {
    let full = match own {
        Some(own) => format!("{target}.{own}"),
        None => target.to_owned(),
    };
    valid(&full).unwrap_or_else(|| UNNAMED.to_owned())
}

/// Returns the key of a field.
pub(super) fn key(field: &'static str) -> &'static str {
    if name::check(field).is_ok() {
        return field;
    }
    valid(field).map_or(UNNAMED, |key| key.leak())
}

/// Returns the nearest valid name.
fn valid(text: &str) -> Option<String> {
    let text = &text[..text.floor_char_boundary(MAX_LEN)];
    let mut valid = name::suggestion(&text.replace("::", "."))?;
    // A hump adds an underscore.
    while valid.len() > MAX_LEN {
        valid.truncate(MAX_LEN);
        valid.truncate(valid.trim_end_matches(['.', '_']).len());
    }
    name::check(&valid).is_ok().then_some(valid)
}

/// Returns whether a field's value must not be recorded, because its name is that of a secret.
pub(super) fn is_secret(field: &str) -> bool {
    let spelled = name::suggestion(field);
    secret_segment(field).is_some()
        || spelled.is_some_and(|spelled| secret_segment(&spelled).is_some())
        || mask::is_name_of_secret(field)
}

/// Returns a text that stays on one line and has no secret.
pub(super) fn one_line(text: &str) -> String {
    mask::mask(text).replace(char::is_control, "\u{fffd}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_valid_whatever_the_target_is() {
        for (target, own, expected) in [
            (
                "codex_core::client",
                Some("stream"),
                "codex_core.client.stream",
            ),
            ("codex_core::client", None, "codex_core.client"),
            (
                "h2::codec::framed_read",
                Some("FramedRead::decode_frame"),
                "h2.codec.framed_read.framed_read.decode_frame",
            ),
            (
                "my-app/net",
                Some("HTTP request"),
                "my_app_net.http_request",
            ),
            ("", Some(""), UNNAMED),
            ("日本", None, UNNAMED),
            ("_private::r#type", Some("1st"), "private.r_type.st"),
            ("\u{1b}[31m\"", Some("a\nb"), "m.a_b"),
        ] {
            assert_eq!(record_name(target, own), expected);
        }
        for length in [1, 64, 127, 128, 129, 1000] {
            for text in [
                "aB".repeat(length),
                "é".repeat(length),
                "a::".repeat(length),
            ] {
                let name = record_name(&text, Some("x"));
                assert!(name::check(&name).is_ok(), "{name}");
            }
        }
    }

    #[test]
    fn keys_keep_their_text_where_it_is_valid() {
        let cases = [
            ("count", "count"),
            ("otel.kind", "otel.kind"),
            ("userId", "user_id"),
        ];
        for (field, expected) in cases {
            assert_eq!(key(field), expected);
        }
        assert_eq!(key("quo\"te"), "quo_te");
        assert_eq!(key("r#type"), "r_type");
    }

    #[test]
    fn names_of_secrets_are_known_in_every_spelling() {
        for field in [
            "api_key",
            "apiKey",
            "x-api-key",
            "password",
            "dbPassword",
            "Authorization",
            "auth.token",
            "access_token",
            "client_secret",
            "OPENAI_API_KEY",
            "set-cookie",
            "userPassword",
            "secretKey",
            "private-key",
            "bearer",
            "passphrase",
            "refreshToken",
            "credentials",
        ] {
            assert!(is_secret(field), "{field}");
        }
        for field in [
            "prompt_tokens",
            "promptTokens",
            "token_count",
            "max_tokens",
            "message",
            "key",
            "cache_key",
            "author",
            "model",
            "session_id",
            "monkey",
            "auth_method",
            "keyboard",
            "url",
            "error",
            "tokens",
        ] {
            assert!(!is_secret(field), "{field}");
        }
    }
}
