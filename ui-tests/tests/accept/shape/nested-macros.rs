#![deny(warnings)]
use telemetry_runtime::{Usage, session_usage, telemetry_span};

// A macro passes a fragment as one token to the next macro, in a group without delimiters.
macro_rules! function {
    ($(#[$meta:meta])* $vis:vis fn $name:ident($argument:ident: $of:ty) -> $returns:ty $body:block) => {
        $(#[$meta])*
        $vis fn $name($argument: $of) -> $returns $body
    };
    ($(#[$meta:meta])* $vis:vis async fn $name:ident($argument:ident: $of:ty) -> $returns:ty $body:block) => {
        $(#[$meta])*
        $vis async fn $name($argument: $of) -> $returns $body
    };
}

macro_rules! functions {
    ($($name:ident($argument:ident) -> $returns:ty = $body:block)*) => {
        $(function! {
            #[telemetry_span("a.nested", fields($argument), err)]
            pub fn $name($argument: u8) -> $returns $body
        })*
    };
}

function! {
    #[telemetry_span("a.plain")]
    fn plain(n: u8) -> u8 { n + 1 }
}

function! {
    #[telemetry_span("a.returns", fields(n))]
    fn returns(n: String) -> usize {
        if n.is_empty() {
            return 0;
        }
        n.len()
    }
}

function! {
    #[telemetry_span("a.result", err)]
    fn result(n: u8) -> Result<u8, String> {
        n.checked_add(1).ok_or_else(|| "too large".to_owned())
    }
}

function! {
    #[telemetry_span("a.async", err, fields(n))]
    async fn later(n: String) -> Result<u8, std::num::ParseIntError> {
        n.parse()
    }
}

function! {
    #[telemetry_span("a.asked")]
    #[session_usage]
    async fn asked(n: u8) -> Result<Usage, String> {
        if n == 0 { Err("nothing asked".to_owned()) } else { Ok(Usage::default()) }
    }
}

function! {
    #[session_usage]
    fn used(n: u8) -> Option<Usage> {
        (n > 0).then(Usage::default)
    }
}

functions! {
    half(n) -> Result<u8, String> = { if n % 2 == 1 { return Err("odd".to_owned()) } Ok(n / 2) }
    third(n) -> Result<u8, &'static str> = { Ok(n / 3) }
}

#[tokio::main(flavor = "current_thread")]
async fn main() {
    assert_eq!(plain(1), 2);
    assert_eq!(returns("ab".to_owned()), 2);
    assert_eq!(result(1), Ok(2));
    assert_eq!(later("3".to_owned()).await, Ok(3));
    assert!(asked(0).await.is_err());
    assert!(used(1).is_some());
    assert!(half(1).is_err());
    assert_eq!(third(3), Ok(1));
}
