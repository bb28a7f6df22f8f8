//! The picture of the flame graph.
//!
//! inferno draws the frames. Its document has a script, a style sheet and its own frame, so that only the places, colours and shortened
//! names of the frames are taken.
//!
//! The page has no script. Each frame is a button of one radio group, because browsers move through such a group with the arrow keys,
//! and read out its buttons; the style sheet shows the description of the chosen frame, or of the
//! frame at which the mouse points, below the picture.

use std::borrow::Cow;
use std::collections::HashMap;

use inferno::flamegraph::{Direction, Options, from_lines};
use maud::{Markup, html};
use quick_xml::events::{BytesStart, Event};
use quick_xml::{Reader, XmlVersion};

use super::stacks::{FlameFrame, Stack};
use crate::terminal::nanoseconds;

/// The width of the picture, in its own units.
const WIDTH: usize = 1_180;
/// The height of a row of frames.
const ROW: usize = 16;
/// The height of the line with the description of the chosen frame.
const DESCRIPTION: u64 = 22;
/// The smallest share of a frame, in percent. Narrower frames cannot be seen.
pub(super) const MIN_PERCENT: f64 = 0.1;

/// A frame as inferno draws it: the attributes of its rectangle, and its name, shortened to the width.
#[derive(Debug, Default)]
struct DrawnFrame {
    x: String,
    y: u64,
    width: String,
    height: u64,
    fill: String,
    name: String,
    name_x: String,
    name_y: String,
}

/// Returns the picture of frames and of the sorted stacks that they were made of. `prefix` distinguishes the flame graphs of a page.
pub(super) fn draw(
    stacks: &[Stack],
    frames: &[FlameFrame],
    prefix: &str,
) -> Result<Markup, String> {
    let drawn = drawn(&document(stacks)?).map_err(|error| error.to_string())?;
    let top = drawn.values().map(|it| it.y).min().unwrap_or(0);
    let bottom = drawn.values().map(|it| it.y + it.height).max().unwrap_or(0);
    let height = bottom - top + DESCRIPTION;
    let all = frames.first().map_or(0, |frame| frame.total);
    let shown: Vec<(&DrawnFrame, String)> = frames
        .iter()
        .filter_map(|frame| {
            let depth = u64::try_from(frame.depth * ROW).ok()?;
            let drawn = drawn.get(&(frame.start, top + depth))?;
            Some((drawn, describe(frame, all)))
        })
        .collect();
    Ok(html! {
        svg viewBox=(format!("0 {top} {WIDTH} {height}")) width=(WIDTH) height=(height) role="presentation" {
            @for (it, _) in &shown {
                rect x=(it.x) y=(it.y) width=(it.width) height=(it.height) fill=(it.fill) {}
                text x=(it.name_x) y=(it.name_y) aria-hidden="true" { (it.name) }
            }
            // The buttons are above all rectangles, so that these do not cover the outline of the chosen one.
            @for (at, (it, description)) in shown.iter().enumerate() {
                foreignObject x=(it.x) y=(it.y) width=(it.width) height=(it.height) {
                    input type="radio" name=(format!("{prefix}frame")) aria-label=(description) checked[at == 0];
                }
                text.about x="2" y=(bottom + DESCRIPTION - 7) aria-hidden="true" { (description) }
            }
        }
    })
}

/// Returns the name, the self time and the share of a frame.
#[expect(clippy::cast_precision_loss, reason = "a share for people")]
fn describe(frame: &FlameFrame, all: u64) -> String {
    let share = frame.total as f64 * 100.0 / all.max(1) as f64;
    let (own, total) = (nanoseconds(frame.own), nanoseconds(frame.total));
    if frame.depth == 0 {
        return format!("{}: {total}", frame.name);
    }
    let total = if frame.total == frame.own {
        String::new()
    } else {
        format!(", with the spans below {total}")
    };
    format!("{}: self {own}{total}, {share:.1} % of all", frame.name)
}

/// Returns inferno's document.
fn document(stacks: &[Stack]) -> Result<Vec<u8>, String> {
    let lines: Vec<String> = stacks
        .iter()
        .map(|(stack, nanos)| format!("{stack} {nanos}"))
        .collect();
    let mut options = Options::default();
    options.direction = Direction::Inverted;
    options.image_width = Some(WIDTH + 20);
    options.min_width = MIN_PERCENT;
    options.frame_height = ROW;
    options.no_sort = true;
    // Colours by name, so that equal logs make equal pages.
    options.deterministic = true;
    let mut svg = Vec::new();
    from_lines(&mut options, lines.iter().map(String::as_str), &mut svg)
        .map_err(|error| error.to_string())?;
    Ok(svg)
}

/// Returns the frames of inferno's document, by the time to their left and their `y`.
fn drawn(svg: &[u8]) -> Result<HashMap<(u64, u64), DrawnFrame>, quick_xml::Error> {
    let mut reader = Reader::from_reader(svg);
    let mut frames = HashMap::new();
    let (mut is_inside, mut is_name) = (false, false);
    let (mut key, mut frame) = (None, DrawnFrame::default());
    loop {
        match reader.read_event()? {
            Event::Eof => break,
            Event::Start(start) if start.name().as_ref() == b"svg" => {
                is_inside = attribute(&start, "id") == "frames";
            }
            Event::End(end) if end.name().as_ref() == b"svg" => is_inside = false,
            _ if !is_inside => {}
            Event::Empty(rect) => {
                let number = |key| attribute(&rect, key).parse().ok();
                key = number("fg:x").zip(number("y"));
                frame.x = attribute(&rect, "x");
                frame.y = number("y").unwrap_or(0);
                frame.width = attribute(&rect, "width");
                frame.height = number("height").unwrap_or(0);
                frame.fill = attribute(&rect, "fill");
            }
            Event::Start(start) if start.name().as_ref() == b"text" => {
                is_name = true;
                frame.name_x = attribute(&start, "x");
                frame.name_y = attribute(&start, "y");
            }
            Event::End(end) if end.name().as_ref() == b"text" => is_name = false,
            Event::Text(text) if is_name => {
                frame.name.push_str(&String::from_utf8_lossy(&text));
            }
            Event::GeneralRef(reference) if is_name => frame.name.push(entity(&reference)),
            Event::End(end) if end.name().as_ref() == b"g" => {
                let frame = std::mem::take(&mut frame);
                frames.extend(key.take().map(|key| (key, frame)));
            }
            _ => {}
        }
    }
    Ok(frames)
}

/// Returns the character of an entity that XML defines.
fn entity(name: &[u8]) -> char {
    match name {
        b"lt" => '<',
        b"gt" => '>',
        b"quot" => '"',
        b"apos" => '\'',
        _ => '&',
    }
}

/// Returns the value of an attribute; empty if there is none.
fn attribute(start: &BytesStart<'_>, key: &str) -> String {
    let found = start
        .attributes()
        .flatten()
        .find(|it| it.key.as_ref() == key.as_bytes());
    let value = found.and_then(|it| it.normalized_value(XmlVersion::Implicit1_0).ok());
    value.map(Cow::into_owned).unwrap_or_default()
}
