//! Numbers, texts and tables as HTML.

use maud::{Markup, Render, html};
use telemetry_schema::record::NanoUsd;

use crate::terminal::{cut, dollars, grouped, milliseconds, nanoseconds, visible};

/// The longest text of a cell, in terminal columns.
const MAX_TEXT: usize = 300;

/// Returns a number with its exact value and the key that the JSON of the commands has for it.
pub(super) fn number(key: &str, value: impl std::fmt::Display, shown: impl Render) -> Markup {
    html! { data value=(value.to_string()) data-key=(key) { (shown) } }
}

pub(super) fn count(key: &str, value: u64) -> Markup {
    number(key, value, grouped(value))
}

pub(super) fn millis(key: &str, value: Option<u64>) -> Markup {
    html! { @if let Some(value) = value { (number(key, value, milliseconds(value))) } @else { "-" } }
}

pub(super) fn tokens(key: &str, value: Option<u64>) -> Markup {
    html! { @if let Some(value) = value { (count(key, value)) } @else { "-" } }
}

pub(super) fn nanos(key: &str, value: u64) -> Markup {
    number(key, value, nanoseconds(value))
}

pub(super) fn amount(key: &str, value: NanoUsd) -> Markup {
    number(key, value, dollars(value))
}

/// Makes hidden characters of a text from a log visible. The templates escape the rest.
pub(super) fn text(text: &str) -> String {
    cut(&visible(text), MAX_TEXT).into_owned()
}

pub(super) fn optional(value: Option<&str>) -> String {
    value.map_or_else(|| "-".to_owned(), text)
}

/// A column of a table.
#[derive(Clone, Copy)]
pub(super) enum Head {
    Text(&'static str),
    Number(&'static str),
}

/// Returns a table in a box that scrolls where the page is too narrow. The keyboard reaches the box.
pub(super) fn table(caption: &str, heads: &[Head], rows: impl Render) -> Markup {
    html! {
        div.scroll role="region" aria-label=(caption) tabindex="0" {
            table {
                caption { (caption) }
                thead { tr {
                    @for head in heads {
                        @match head {
                            Head::Text(title) => th scope="col" { (title) },
                            Head::Number(title) => th.n scope="col" { (title) },
                        }
                    }
                } }
                tbody { (rows) }
            }
        }
    }
}

/// Returns `1 request` or `2 requests`.
pub(super) fn counted(count: u64, one: &str) -> String {
    match count {
        1 => format!("1 {one}"),
        count => format!("{} {one}s", grouped(count)),
    }
}
