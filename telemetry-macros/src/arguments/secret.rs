//! Expressions whose value has the name of a secret, such as `config.api_key` or `self.token().to_string()`.

use proc_macro2::Span;
use syn::ext::IdentExt as _;
use syn::{BinOp, Block, Expr, Ident, Lit, Member, Stmt, UnOp};
use telemetry_schema::secret::secret_segment;

use super::{expression, format_string};

/// A name of a secret in an expression.
pub(super) struct SecretName {
    pub(super) name: String,
    pub(super) span: Span,
}

/// Methods and functions that return the value itself, or its text.
const UNCHANGED: [&str; 47] = [
    "as_bytes",
    "as_deref",
    "as_mut",
    "as_ref",
    "as_slice",
    "as_str",
    "borrow",
    "borrow_mut",
    "clone",
    "cloned",
    "copied",
    "deref",
    "display",
    "escape_debug",
    "escape_default",
    "expect",
    "expose",
    "expose_secret",
    "flatten",
    "from",
    "from_utf8",
    "from_utf8_lossy",
    "get_mut",
    "get_ref",
    "into",
    "into_boxed_str",
    "into_inner",
    "into_string",
    "load",
    "lock",
    "new",
    "ok",
    "read",
    "reveal",
    "take",
    "to_owned",
    "to_str",
    "to_string",
    "to_string_lossy",
    "to_vec",
    "trim",
    "unwrap",
    "unwrap_or",
    "unwrap_or_default",
    "unwrap_or_else",
    "Some",
    "Ok",
];
/// Methods and functions that look a value up by its name.
const LOOKUPS: [&str; 6] = ["get", "get_mut", "header", "remove", "var", "var_os"];
/// First words of functions that return no secret although its name follows: `verify_password`.
const HARMLESS_VERBS: [&str; 19] = [
    "check", "clear", "compare", "count", "delete", "encrypt", "expires", "hash", "mask",
    "matches", "redact", "refuses", "remove", "revoke", "set", "validate", "verify", "with",
    "without",
];
/// First words of names that state whether something is so: `has_token`, `needs_auth()`.
const FLAG_WORDS: [&str; 11] = [
    "can", "has", "is", "missing", "needs", "requires", "should", "supports", "uses", "wants",
    "was",
];
/// Further words of such names: `password_is_empty`.
const INNER_FLAG_WORDS: [&str; 3] = ["has", "is", "was"];
/// Last words of names whose value is not the secret itself: `token_path`, `api_key_env`.
const HARMLESS_ENDS: [&str; 35] = [
    "at", "count", "empty", "enabled", "endpoint", "env", "error", "exists", "expired", "expires",
    "expiry", "file", "host", "index", "kind", "len", "length", "method", "missing", "mode", "ms",
    "name", "path", "present", "provider", "required", "secs", "size", "source", "state", "status",
    "ttl", "type", "url", "valid",
];

/// Last words of keys whose value is a fact about a secret: `api_key_present`, `password_len`.
const ENDS_OF_FACTS: [&str; 8] = [
    "absent", "count", "empty", "exists", "len", "length", "missing", "present",
];

/// Returns the name of the secret that is the value of an expression, or a part of it.
pub(super) fn secret_name(value: &Expr) -> Option<SecretName> {
    match expression::inside(value) {
        Expr::Path(path) => named(&path.path.segments.last()?.ident),
        Expr::Field(field) => match &field.member {
            Member::Named(name) => named(name),
            // The value of a wrapper, such as `token.0`.
            Member::Unnamed(_) => secret_name(&field.base),
        },
        Expr::MethodCall(call) => called(&call.method, Some(&call.receiver), call.args.iter()),
        Expr::Call(call) => match expression::inside(&call.func) {
            Expr::Path(path) => called(&path.path.segments.last()?.ident, None, call.args.iter()),
            _ => None,
        },
        Expr::Reference(reference) => secret_name(&reference.expr),
        Expr::Unary(unary) if matches!(unary.op, UnOp::Deref(_)) => secret_name(&unary.expr),
        Expr::Index(index) => looked_up(&index.index).or_else(|| secret_name(&index.expr)),
        Expr::Binary(sum)
            if matches!(sum.op, BinOp::Add(_))
                && !is_number(&sum.left)
                && !is_number(&sum.right) =>
        {
            secret_name(&sum.left).or_else(|| secret_name(&sum.right))
        }
        Expr::Array(array) => array.elems.iter().find_map(secret_name),
        Expr::Tuple(tuple) => tuple.elems.iter().find_map(secret_name),
        Expr::Block(block) => of_block(&block.block),
        Expr::Unsafe(block) => of_block(&block.block),
        Expr::If(branch) => of_block(&branch.then_branch).or_else(|| {
            branch
                .else_branch
                .as_ref()
                .and_then(|(_, other)| secret_name(other))
        }),
        Expr::Match(choice) => choice.arms.iter().find_map(|arm| secret_name(&arm.body)),
        Expr::Macro(call) => of_macro(&call.mac),
        _ => None,
    }
}

/// Returns an identifier of a value, if it is the name of a secret. Types and variants are not values of a secret:
/// `AuthMode::Token`.
fn named(name: &Ident) -> Option<SecretName> {
    let text = name.unraw().to_string();
    let is_type = text.starts_with(char::is_uppercase) && text.contains(char::is_lowercase);
    (!is_type).then(|| secret(&text, name.span())).flatten()
}

fn secret(text: &str, span: Span) -> Option<SecretName> {
    is_secret(text).then(|| SecretName {
        name: text.to_owned(),
        span,
    })
}

/// Returns whether a value of this name is a secret: by the rules for the keys of fields, except for names of flags and of
/// properties of a secret.
pub(super) fn is_secret(name: &str) -> bool {
    let name = name.to_lowercase().replace('-', "_");
    let last = name.rsplit(['_', '.']).next().unwrap_or_default();
    secret_segment(&name).is_some() && !HARMLESS_ENDS.contains(&last) && !is_flag(&name)
}

/// Returns whether the key of a field names a fact about a secret: whether it is there, or how long it is.
pub(super) fn is_fact_about_secret(key: &str) -> bool {
    let last = key.rsplit(['_', '.']).next().unwrap_or_default();
    is_flag(key) || ENDS_OF_FACTS.contains(&last)
}

fn is_flag(name: &str) -> bool {
    let mut words = name.split(['_', '.']);
    words
        .next()
        .is_some_and(|first| FLAG_WORDS.contains(&first))
        || words.any(|word| INNER_FLAG_WORDS.contains(&word))
}

/// Returns the value of a call: that of the receiver or the argument, that of a key, or that of an accessor such as `api_key()`.
fn called<'a>(
    function: &Ident,
    receiver: Option<&Expr>,
    mut arguments: impl Iterator<Item = &'a Expr> + Clone,
) -> Option<SecretName> {
    let word = function.unraw().to_string();
    if LOOKUPS.contains(&&*word)
        && let Some(name) = arguments.clone().find_map(looked_up)
    {
        return Some(name);
    }
    if UNCHANGED.contains(&&*word) {
        return receiver.map_or_else(|| arguments.find_map(secret_name), secret_name);
    }
    let verb = word.split('_').next().unwrap_or_default();
    if HARMLESS_VERBS.contains(&verb) {
        return None;
    }
    named(function)
}

/// Returns the key of a map or the name of a variable, if it is a literal and the name of a secret.
fn looked_up(key: &Expr) -> Option<SecretName> {
    match expression::inside(key) {
        Expr::Lit(literal) => match &literal.lit {
            Lit::Str(text) => secret(&text.value(), text.span()),
            _ => None,
        },
        Expr::Reference(reference) => looked_up(&reference.expr),
        _ => None,
    }
}

fn of_block(block: &Block) -> Option<SecretName> {
    match block.stmts.last()? {
        Stmt::Expr(value, None) => secret_name(value),
        Stmt::Macro(call) if call.semi_token.is_none() => of_macro(&call.mac),
        _ => None,
    }
}

/// Returns the values in a text, such as `format!("{} {token}", config.api_key)`.
fn of_macro(call: &syn::Macro) -> Option<SecretName> {
    let word = call.path.segments.last()?.ident.to_string();
    if word == "env" || word == "option_env" {
        let name: syn::LitStr = call.parse_body().ok()?;
        return secret(&name.value(), name.span());
    }
    if !["dbg", "format", "format_args", "vec"].contains(&&*word) {
        return None;
    }
    let arguments = expression::arguments(call)?;
    let in_text = arguments
        .first()
        .and_then(|first| match expression::inside(first) {
            Expr::Lit(literal) => match &literal.lit {
                Lit::Str(text) => format_string::placeholders(&text.value())
                    .ok()?
                    .iter()
                    .find_map(|name| secret(name, text.span())),
                _ => None,
            },
            _ => None,
        });
    in_text.or_else(|| {
        arguments.iter().find_map(|argument| match argument {
            // `format!("{key}", key = value)`
            Expr::Assign(assign) => secret_name(&assign.right),
            other => secret_name(other),
        })
    })
}

fn is_number(value: &Expr) -> bool {
    matches!(expression::inside(value), Expr::Lit(literal) if matches!(literal.lit, Lit::Int(_) | Lit::Float(_)))
}

/// Returns the error for a field whose value has the name of a secret.
pub(super) fn error(found: &SecretName, key: &str, sigil: &str, shown: &str) -> syn::Error {
    let name = &found.name;
    syn::Error::new(
        found.span,
        format_args!(
            "`{name}` in the value of the field `{key}` is the name of a secret, and secrets are not recorded: write \
             `{key} = redacted({shown})`, or `{key} = {sigil}public({shown})` if the value is not secret"
        ),
    )
}

#[cfg(test)]
mod tests {
    use super::secret_name;

    fn found(value: &str) -> Option<String> {
        secret_name(&syn::parse_str(value).expect("an expression")).map(|found| found.name)
    }

    #[test]
    fn values_with_the_name_of_a_secret_are_found() {
        for (value, name) in [
            ("api_key", "api_key"),
            ("cfg.api_key", "api_key"),
            ("self.config.auth_token", "auth_token"),
            ("cfg.api_key()", "api_key"),
            ("cfg.get_api_key()", "get_api_key"),
            ("load_password(path)", "load_password"),
            ("&cfg.api_key", "api_key"),
            ("&*cfg.api_key", "api_key"),
            ("*token", "token"),
            ("(cfg.secret)", "secret"),
            ("cfg.api_key.clone()", "api_key"),
            ("cfg.api_key.as_str()", "api_key"),
            ("cfg.api_key.as_deref().unwrap_or(\"\")", "api_key"),
            ("cfg.api_key.to_string().as_bytes()", "api_key"),
            ("cfg.api_key.unwrap()", "api_key"),
            ("cfg.token.lock().unwrap().clone()", "token"),
            ("cfg.api_key.expose_secret()", "api_key"),
            ("String::from(password)", "password"),
            ("Some(&password)", "password"),
            ("Arc::clone(&self.credentials)", "credentials"),
            ("self.token.0", "token"),
            ("token[..8]", "token"),
            ("headers[\"x-api-key\"]", "x-api-key"),
            ("headers.get(\"Authorization\").unwrap()", "Authorization"),
            (
                "std::env::var(\"OPENAI_API_KEY\").unwrap_or_default()",
                "OPENAI_API_KEY",
            ),
            ("env!(\"API_TOKEN\")", "API_TOKEN"),
            ("format!(\"Bearer {token}\")", "token"),
            ("format!(\"Bearer {}\", self.token)", "token"),
            ("format!(\"Bearer {key}\", key = self.api_key)", "api_key"),
            ("prefix + &api_key", "api_key"),
            ("if ready { api_key } else { \"\" }", "api_key"),
            ("match user { _ => self.password.as_str() }", "password"),
            ("{ let it = 3; cfg.secret }", "secret"),
            ("(user, password)", "password"),
            ("r#token", "token"),
            ("config::API_KEY", "API_KEY"),
            ("set_cookie", "set_cookie"),
            ("format!(\"{}{token}\", token.len())", "token"),
            ("(password.len(), password)", "password"),
        ] {
            assert_eq!(found(value).as_deref(), Some(name), "{value}");
        }
    }

    #[test]
    fn other_values_are_not_secrets() {
        for value in [
            "max_token",
            "cfg.cache_key",
            "pressed_key",
            "self.auth_method",
            "token_count",
            "tokens",
            "tokens.len()",
            "tokens[0]",
            "key",
            "cfg.key.clone()",
            "usage.prompt_tokens",
            "cfg.api_key.len()",
            "cfg.api_key.is_some()",
            "cfg.api_key.is_none_or(str::is_empty)",
            "key.len()",
            "password.len() + secret.len()",
            "password.trim().is_empty()",
            "!secret.is_empty()",
            "token.as_deref().map_or(0, str::len)",
            "api_key.as_ref().map(|key| key.len())",
            "Some(password.len())",
            "format!(\"{} bytes\", password.len())",
            "env::var(\"API_KEY\").is_ok()",
            "headers.get(\"authorization\").is_some()",
            "if password.is_empty() { \"none\" } else { \"set\" }",
            "cfg.has_api_key()",
            "has_api_key",
            "self.has_token",
            "password_is_empty",
            "api_key_is_set",
            "needs_auth",
            "missing_token",
            "token_valid",
            "secret_size",
            "is_token(word)",
            "verify_password(given, hash)",
            "count_token(text)",
            "token.kind",
            "token.kind()",
            "cfg.auth.mode()",
            "cfg.token_path",
            "cfg.api_key_env.as_deref()",
            "token.expires_at",
            "AuthMode::Token",
            "Some(Kind::Password)",
            "password == given",
            "!auth",
            "token as usize",
            "pass + 1",
            "headers.get(\"content-type\")",
            "std::env::var(\"HOME\")",
            "map[\"key\"]",
            "format!(\"{} tokens\", tokens)",
            "matches!(token, Token::Word(_))",
            "{ token; 3 }",
            "config",
            "mask(token).len()",
            "3",
            "\"token\"",
        ] {
            assert_eq!(found(value), None, "{value}");
        }
    }
}
