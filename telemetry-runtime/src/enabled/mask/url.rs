//! Credentials in URLs.

use std::ops::Range;

use super::bytes::{is_quote, run_back, short_run};
use super::{names, shape, value};

/// The maximum length of a user with a password.
const MAX_PASSWORD: usize = 256;
/// Users that everybody has, where no password follows them.
const USERS: [&[u8]; 12] = [
    b"git",
    b"hg",
    b"svn",
    b"root",
    b"admin",
    b"user",
    b"username",
    b"anonymous",
    b"oauth2",
    b"ubuntu",
    b"x-access-token",
    b"ec2-user",
];
/// Passwords of examples.
pub(super) const EXAMPLES: [&[u8]; 8] = [
    b"password",
    b"pass",
    b"passwd",
    b"pwd",
    b"secret",
    b"token",
    b"your-password",
    b"your_password",
];

/// Returns the user and password of a URL whose `://` is at `at`.
pub(super) fn user_info(text: &[u8], at: usize) -> Option<Range<usize>> {
    if !text[at..].starts_with(b"://") {
        return None;
    }
    let start = at + 3;
    let ends = |byte: u8| byte.is_ascii_whitespace() || is_quote(byte) || b"<>\\".contains(&byte);
    let end = short_run(text, start, MAX_PASSWORD, |byte| {
        !ends(byte) && !b"/?#".contains(&byte)
    });
    let authority = &text[start..end];
    let at_sign = authority
        .iter()
        .rposition(|byte| *byte == b'@')
        .map(|sign| start + sign);
    let at_sign = at_sign.or_else(|| {
        let colon = authority.iter().position(|byte| *byte == b':')?;
        let password = &authority[colon + 1..];
        let is_port = password.len() <= 5 && password.iter().all(u8::is_ascii_digit);
        if colon == 0 || authority[0] == b'[' || is_port && !is_database(text, at) {
            return None;
        }
        let end = short_run(text, start, MAX_PASSWORD, |byte| !ends(byte));
        let sign = text[start..end].iter().rposition(|byte| *byte == b'@')?;
        let host = text.get(start + sign + 1)?;
        (sign > colon && host.is_ascii_alphanumeric()).then_some(start + sign)
    })?;
    let info = &text[start..at_sign];
    let is_secret = match info.iter().position(|byte| *byte == b':') {
        Some(colon) => is_password(&info[colon + 1..]),
        None => is_token(text, at, info),
    };
    is_secret.then_some(start..at_sign)
}

/// Returns the user and password before the network address of a database whose `(` is at `at`: `user:…@tcp(host:3306)/`.
pub(super) fn socket_user(text: &[u8], at: usize) -> Option<Range<usize>> {
    let sign = text[..at]
        .strip_suffix(b"@tcp")
        .or_else(|| text[..at].strip_suffix(b"@unix"))?
        .len();
    let start = run_back(text, sign, MAX_PASSWORD, |byte| {
        !byte.is_ascii_whitespace() && !is_quote(byte) && byte != b'='
    });
    let info = &text[start..sign];
    let colon = info.iter().position(|byte| *byte == b':')?;
    is_password(&info[colon + 1..]).then_some(start..sign)
}

/// Returns the user and password of an address of Oracle whose user is behind the colon at `at`: `jdbc:oracle:thin:user/…@`.
pub(super) fn oracle_user(text: &[u8], at: usize) -> Option<Range<usize>> {
    if !text[..at].ends_with(b":thin") {
        return None;
    }
    let end = short_run(text, at + 1, MAX_PASSWORD, |byte| {
        !byte.is_ascii_whitespace() && !is_quote(byte) && byte != b'@'
    });
    let info = &text[at + 1..end];
    let slash = info.iter().position(|byte| *byte == b'/')?;
    let is_user = slash > 0 && text.get(end) == Some(&b'@');
    (is_user && is_password(&info[slash + 1..])).then_some(at + 1..end)
}

/// Returns whether a URL's scheme, whose `://` is at `at`, is one of a server that has passwords.
fn is_database(text: &[u8], at: usize) -> bool {
    let scheme = &text[run_back(text, at, 16, |byte| {
        byte.is_ascii_alphanumeric() || byte == b'+'
    })..at];
    [
        &b"postgres"[..],
        b"mysql",
        b"mariadb",
        b"mongodb",
        b"redis",
        b"amqp",
        b"mssql",
        b"clickhouse",
    ]
    .iter()
    .any(|known| scheme.starts_with(known))
}

fn is_password(password: &[u8]) -> bool {
    !password.is_empty()
        && !stands_for_one(password)
        && !EXAMPLES
            .iter()
            .any(|example| password.eq_ignore_ascii_case(example))
}

/// Returns whether the only word before the `@` is a token instead of a user.
fn is_token(text: &[u8], at: usize, user: &[u8]) -> bool {
    if user.is_empty()
        || value::is_placeholder(user)
        || USERS.iter().any(|known| user.eq_ignore_ascii_case(known))
    {
        return false;
    }
    let is_web = run_back(text, at, 5, |byte| byte.is_ascii_alphabetic());
    let is_web = text[is_web..at].starts_with(b"http");
    is_web && names::promise(user).is_some()
        || user.len() >= 16 && (shape::is_random(user) || shape::is_hex(user))
}

/// Returns whether a variable or a placeholder of a template stands in the place of a password. Passwords contain `$` and
/// `%` as well, so a variable must have the name of a secret.
fn stands_for_one(password: &[u8]) -> bool {
    match password {
        [b'$', b'{' | b'(', ..] | b"%s" => true,
        [b'$', name @ ..] | [b'%', name @ .., b'%'] => names::promise(name).is_some(),
        [b'%', ..] => false,
        _ => value::is_placeholder(password),
    }
}
