//! The frame of the page: head, navigation, and the sections in their order.

use std::io::{self, Write};

use maud::{DOCTYPE, Markup, PreEscaped, html};

use super::side::ReportSide;
use super::style::{POLICY, STYLE};
use super::{changes, costs, failures, flame, missing, names, request_table, summary, turns};
use crate::diff::Comparison;

/// The sections of a side: the end of the id, and the title.
const SECTIONS: [(&str, &str); 8] = [
    ("summary", "Summary"),
    ("failures", "Failures"),
    ("missing", "Lost or unpriced"),
    ("costs", "Cost and tokens"),
    ("requests", "Requests"),
    ("turns", "Turns"),
    ("flame", "Flame graph"),
    ("names", "Span names"),
];

/// Writes the page about one session or period.
pub(super) fn write_one(side: &ReportSide, out: &mut impl Write) -> io::Result<()> {
    begin(&side.title, out)?;
    let nav =
        html! { @for (id, title) in SECTIONS { li { a href=(format!("#{id}")) { (title) } } } };
    put(&header(&side.title, &nav), out)?;
    write_sections(side, "", out)?;
    end(out)
}

/// Writes the page about two sessions or periods: the changes, then the sections of each.
pub(super) fn write_two(
    a: &ReportSide,
    b: &ReportSide,
    comparison: &Comparison<'_>,
    out: &mut impl Write,
) -> io::Result<()> {
    let title = format!("{} and {}", a.title, b.title);
    begin(&title, out)?;
    let sides = [("a-", "A", a), ("b-", "B", b)];
    let nav = html! {
        li { a href="#changes" { "Changes" } }
        @for (prefix, letter, _) in sides {
            @for (id, title) in SECTIONS { li { a href=(format!("#{prefix}{id}")) { (letter) ": " (title) } } }
        }
    };
    put(&header(&title, &nav), out)?;
    put(&changes::section(comparison, &a.title, &b.title), out)?;
    for (prefix, letter, side) in sides {
        put(&html! { h2 { (letter) ": " (side.title) } }, out)?;
        write_sections(side, prefix, out)?;
    }
    end(out)
}

fn begin(title: &str, out: &mut impl Write) -> io::Result<()> {
    let head = html! {
        head {
            meta charset="utf-8";
            meta http-equiv="Content-Security-Policy" content=(POLICY);
            meta name="viewport" content="width=device-width, initial-scale=1";
            meta name="color-scheme" content="light dark";
            meta name="referrer" content="no-referrer";
            title { "Telemetry report: " (title) }
            style { (PreEscaped(STYLE)) }
        }
    };
    write!(out, "{}<html lang=\"en\">", DOCTYPE.into_string())?;
    put(&head, out)?;
    write!(out, "<body>")
}

fn header(title: &str, nav: &Markup) -> Markup {
    html! {
        a.skip href="#main" { "Skip to the content" }
        header {
            p { "Telemetry report" }
            h1 { (title) }
        }
        nav aria-label="Sections" { ul { (nav) } }
        (PreEscaped("<main id=\"main\" tabindex=\"-1\">"))
    }
}

fn end(out: &mut impl Write) -> io::Result<()> {
    writeln!(out, "</main></body></html>")
}

fn write_sections(side: &ReportSide, prefix: &str, out: &mut impl Write) -> io::Result<()> {
    for (id, title) in SECTIONS {
        let content = match id {
            "summary" => summary::content(side),
            "failures" => failures::content(side, prefix),
            "missing" => missing::content(side),
            "costs" => costs::content(side),
            "requests" => request_table::content(side),
            "turns" => turns::content(side, prefix),
            "flame" => flame::content(side, prefix),
            _ => names::content(side),
        };
        let id = format!("{prefix}{id}");
        let heading = format!("{id}-title");
        put(
            &html! { section id=(id) aria-labelledby=(heading) { h2 id=(heading) { (title) } (content) } },
            out,
        )?;
    }
    Ok(())
}

fn put(markup: &Markup, out: &mut impl Write) -> io::Result<()> {
    out.write_all(markup.0.as_bytes())
}
