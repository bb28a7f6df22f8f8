//! The section with the flame graph, which inferno draws.
//!
//! inferno writes a document with a script, a style sheet and its own frame. Only the rectangles, titles and texts of its frames
//! are taken, with the attributes that place them.

use std::fmt::Write as _;

use inferno::flamegraph::{Direction, Options, from_lines};
use maud::{Markup, PreEscaped, html};
use quick_xml::events::{BytesStart, Event};
use quick_xml::{Reader, XmlVersion};

use super::cells::{Head, counted, nanos, table, text};
use super::side::ReportSide;

/// The width of the picture, in its own units.
const WIDTH: usize = 1_180;
/// The smallest share of a frame, in percent. Narrower frames cannot be seen.
const MIN_PERCENT: f64 = 0.1;
/// The most stacks of the table.
const MAX_STACKS: usize = 40;

pub(super) fn content(side: &ReportSide) -> Markup {
    let stacks = stacks(&side.spans.stacks);
    if stacks.is_empty() {
        return html! { p { "No span with self time was recorded." } };
    }
    let picture = draw(&stacks);
    let mut longest: Vec<&(String, u64)> = stacks.iter().collect();
    longest.sort_by(|a, b| (b.1, &a.0).cmp(&(a.1, &b.0)));
    let omitted = longest.len().saturating_sub(MAX_STACKS);
    html! {
        figure {
            figcaption { "Self time by stack of span names, the outermost span above. Hovering over a frame shows its time in microseconds; frames below "
                (MIN_PERCENT) " % are not drawn." }
            @match picture {
                Ok(picture) => div.flame role="img" aria-label="Flame graph of the self times; the table below has its longest stacks" { (PreEscaped(picture)) },
                Err(error) => p { "The flame graph cannot be drawn: " (error) },
            }
        }
        details {
            summary { "The longest stacks as a table" }
            (table("Stacks by self time", &[Head::Text("Stack"), Head::Number("Self")], html! {
                @for (stack, length) in longest.into_iter().take(MAX_STACKS) {
                    tr { td { (text(&stack.replace(';', " › "))) } td.n { (nanos("stack_ns", *length)) } }
                }
            }))
            @if omitted > 0 { p { (counted(omitted as u64, "shorter stack")) " omitted; `telemetry export folded` has all of them." } }
        }
    }
}

/// Parses folded stacks. inferno would take a number behind a space in a name for a count.
fn stacks(folded: &str) -> Vec<(String, u64)> {
    let lines = folded.lines().filter_map(|line| line.rsplit_once(' '));
    lines
        .filter_map(|(stack, nanos)| {
            Some((
                stack.replace(char::is_whitespace, "\u{a0}"),
                nanos.parse().ok()?,
            ))
        })
        .collect()
}

fn draw(stacks: &[(String, u64)]) -> Result<String, String> {
    let lines: Vec<String> = stacks
        .iter()
        .map(|(stack, nanos)| format!("{stack} {nanos}"))
        .collect();
    let mut options = Options::default();
    options.direction = Direction::Inverted;
    options.image_width = Some(WIDTH + 20);
    options.min_width = MIN_PERCENT;
    "µs".clone_into(&mut options.count_name);
    options.factor = 1e-3;
    // Colours by name, so that equal logs make equal pages.
    options.deterministic = true;
    let mut svg = Vec::new();
    from_lines(&mut options, lines.iter().map(String::as_str), &mut svg)
        .map_err(|error| error.to_string())?;
    frames(&svg).map_err(|error| error.to_string())
}

/// Returns the frames of inferno's document as a picture of their own.
fn frames(svg: &[u8]) -> Result<String, quick_xml::Error> {
    let mut reader = Reader::from_reader(svg);
    let mut content = String::new();
    let (mut top, mut bottom) = (u64::MAX, 0);
    let mut is_inside = false;
    // The end of a document, an error of the writer or a text outside of the frames is not copied.
    loop {
        match reader.read_event()? {
            Event::Start(start) if start.name().as_ref() == b"svg" => {
                is_inside = attribute(&start, b"id").as_deref() == Some("frames");
            }
            Event::End(end) if end.name().as_ref() == b"svg" => is_inside = false,
            Event::Eof => break,
            _ if !is_inside => {}
            Event::Start(start) => {
                open(&start, &mut content);
                content.push('>');
            }
            Event::Empty(rect) => {
                let number =
                    |key| attribute(&rect, key).and_then(|value| value.parse::<u64>().ok());
                if let (Some(y), Some(height)) = (number(b"y"), number(b"height")) {
                    top = top.min(y);
                    bottom = bottom.max(y + height);
                }
                open(&rect, &mut content);
                content.push_str("/>");
            }
            Event::End(end) => {
                let _ = write!(content, "</{}>", name(end.name().as_ref()));
            }
            Event::Text(text) => content.push_str(&html! { (String::from_utf8_lossy(&text)) }.0),
            Event::GeneralRef(reference) => {
                let _ = write!(content, "&{};", entity(&reference));
            }
            _ => {}
        }
    }
    let top = top.min(bottom);
    let height = bottom - top;
    Ok(format!(
        "<svg viewBox=\"0 {top} {WIDTH} {height}\" width=\"{WIDTH}\" height=\"{height}\">{content}</svg>"
    ))
}

/// Returns the element's name if it is one of a frame.
fn name(name: &[u8]) -> &'static str {
    match name {
        b"rect" => "rect",
        b"text" => "text",
        b"title" => "title",
        _ => "g",
    }
}

/// Returns the name of an entity that XML defines.
fn entity(name: &[u8]) -> &'static str {
    match name {
        b"lt" => "lt",
        b"gt" => "gt",
        b"quot" => "quot",
        b"apos" => "apos",
        _ => "amp",
    }
}

fn open(start: &BytesStart<'_>, content: &mut String) {
    let _ = write!(content, "<{}", name(start.name().as_ref()));
    for key in ["x", "y", "width", "height", "fill"] {
        if let Some(value) = attribute(start, key.as_bytes()) {
            let _ = write!(content, "{}", html! { (PreEscaped(" ")) (PreEscaped(key)) "=" (PreEscaped("\"")) (value) (PreEscaped("\"")) }.0);
        }
    }
}

fn attribute(start: &BytesStart<'_>, key: &[u8]) -> Option<String> {
    let found = start
        .attributes()
        .flatten()
        .find(|it| it.key.as_ref() == key)?;
    found
        .normalized_value(XmlVersion::Implicit1_0)
        .ok()
        .map(std::borrow::Cow::into_owned)
}
