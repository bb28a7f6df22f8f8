//! Shows trees of spans as text and JSON.

use std::fmt::Write as _;
use std::io::{self, Write};

use anstyle::{AnsiColor, Style};
use jiff::tz::TimeZone;
use serde::Serialize;
use telemetry_schema::record::Timestamp;

use super::node::{Node, NodeKind};
use super::totals_table::VERSION;
use super::tree::{Forest, TreePosition};
use super::trees::Trees;
use crate::records::operation_name;
use crate::selection::to_zoned;
use crate::terminal::{Terminal, columns, cut, escaped_json, nanoseconds, visible};

/// The depth at which deeper levels are drawn, with their depth as a number.
const DEEPEST: usize = 32;
const NAME: Style = Style::new().bold();
const FAILED: Style = AnsiColor::Red.on_default();
const QUIET: Style = AnsiColor::BrightBlack.on_default();
/// The titles of the time columns.
const TITLES: [&str; 4] = ["total", "self", "busy", "idle"];
/// The width of a time column with the space behind it.
const TIME_WIDTH: usize = 10;
/// The width from which a tree has columns for busy and idle time. Narrower output leaves more room for names.
const WIDE: usize = 90;
/// Before the lines of a name, an error or a session that has no place in the line of its span.
const ERROR_INDENT: &str = "    ";
/// The lines of such an error. `--json` has the whole text.
const ERROR_LINES: usize = 3;

/// Writes trees with a line for each span and event: total, self, busy and idle time, the name, and as many
/// fields as fit. A node of another session than its parent, or than the selected session, is marked as such. With a
/// time zone, a line above the trees of each session has its id and the time of the first tree.
///
/// # Errors
///
/// Fails if stdout cannot be written.
pub fn write_trees(
    trees: &Trees,
    selected: Option<&str>,
    zone: Option<&TimeZone>,
    out: &mut Terminal,
) -> io::Result<()> {
    if trees.launches.is_empty() {
        return Ok(());
    }
    let shown = shown_times(trees, out.width());
    if trees.nodes().any(|(_, _, node)| node.busy_ns.is_some()) || shown < 2 {
        out.count_removed(TITLES.into_iter().skip(shown));
    }
    let mut head = String::new();
    for title in TITLES.into_iter().take(shown) {
        let _ = write!(head, "{title:>9} ");
    }
    writeln!(out, "{}", out.styled(QUIET, head + " span"))?;
    let mut session = None;
    for (_, forest) in &trees.launches {
        for root in &forest.roots {
            let mut expected = selected;
            if let Some(zone) = zone {
                let node = &forest.nodes[*root];
                let of_root = session_of(forest, *root);
                expected = of_root;
                if session != Some(of_root) {
                    session = Some(of_root);
                    write_session(of_root, node.ts, zone, out)?;
                }
            }
            write_tree(forest, *root, expected, shown, out)?;
        }
    }
    Ok(())
}

/// Returns the number of time columns that leave room for the names of all spans, from one to all of them.
fn shown_times(trees: &Trees, width: Option<usize>) -> usize {
    let Some(width) = width else {
        return TITLES.len();
    };
    let ends = trees.nodes().map(|(forest, place, _)| {
        let mut branch = String::new();
        // The form of the lines has no influence on the width.
        self::branch(
            &mut branch,
            &vec![true; place.depth.saturating_sub(1)],
            place,
        );
        columns(&branch) + columns(&name(&forest.nodes[place.node]))
    });
    let room = width.saturating_sub(ends.max().unwrap_or(0) + 1);
    let most = if width < WIDE { 2 } else { TITLES.len() };
    match room / TIME_WIDTH {
        // Busy and idle time belong together.
        3 if most > 3 => 2,
        fitting => fitting.clamp(1, most),
    }
}

/// Returns the session of a tree. A span that is known only as a parent has none.
fn session_of(forest: &Forest, root: usize) -> Option<&str> {
    let mut nodes = forest.walk(root).map(|place| &forest.nodes[place.node]);
    nodes.find_map(|node| node.session_id.as_deref())
}

fn write_session(
    session: Option<&str>,
    time: Timestamp,
    zone: &TimeZone,
    out: &mut Terminal,
) -> io::Result<()> {
    let time = to_zoned(time, zone).strftime("%Y-%m-%d %H:%M:%S");
    let session = session.map_or("no session".into(), visible);
    let one = format!("{session}  {time}");
    if out.width().is_some_and(|width| columns(&one) > width) {
        writeln!(out, "{}", out.styled(QUIET, session))?;
        return writeln!(out, "{}", out.styled(QUIET, format!("  {time}")));
    }
    writeln!(out, "{}", out.styled(QUIET, one))
}

fn write_tree(
    forest: &Forest,
    root: usize,
    session: Option<&str>,
    shown: usize,
    out: &mut Terminal,
) -> io::Result<()> {
    // For each level above the node, whether its line continues below.
    let mut lines: Vec<bool> = Vec::new();
    for place in forest.walk(root) {
        let node = &forest.nodes[place.node];
        lines.truncate(place.depth.saturating_sub(1));
        let mut begin = times(forest, place.node, shown);
        branch(&mut begin, &lines, place);
        if place.depth > 0 {
            lines.push(!place.last);
        }
        let name = name(node);
        let style = match node.kind {
            _ if node.has_failed() => FAILED,
            NodeKind::Span => NAME,
            _ => QUIET,
        };
        let left = out
            .width()
            .map(|width| width.saturating_sub(columns(&begin)));
        let fit = |text: &str, left: Option<usize>| match left {
            Some(left) => cut(text, left).into_owned(),
            None => text.to_owned(),
        };
        let whole = name;
        let name = fit(&whole, left);
        // A name for which the line has no place is below it.
        let name_below = (name != whole).then_some(whole);
        let left = left.map(|left| left.saturating_sub(columns(&name)));
        let outcome = outcome(node);
        let other = forest.other_session(place, session);
        let of_session = other.map(|id| format!(" of session {}", visible(id)));
        let has_place =
            |text: &String| left.is_none_or(|left| columns(text) + columns(&outcome) <= left);
        let (outcome, session_below) = match of_session {
            Some(text) if has_place(&text) => (text + &outcome, None),
            below => (outcome, below),
        };
        let error = node
            .error
            .as_deref()
            .map(|error| visible(error).into_owned());
        // An error for which the line has no place has lines of its own below it.
        let is_below = |error: &String| {
            left.is_some_and(|left| columns(&outcome) + ": ".len() + columns(error) > left)
        };
        let (below, beside) = match error {
            Some(error) if is_below(&error) => (Some(error), String::new()),
            Some(error) => (None, format!(": {error}")),
            None => (None, String::new()),
        };
        let rest = fit(&(outcome + &beside + &ret(node) + &fields(node)), left);
        writeln!(
            out,
            "{}{}{}",
            begin,
            out.styled(style, name),
            out.styled(QUIET, rest)
        )?;
        let width = out.width();
        for line in name_below.iter().flat_map(|name| wrapped(name, width)) {
            writeln!(out, "{ERROR_INDENT}{}", out.styled(style, line))?;
        }
        for line in session_below
            .iter()
            .flat_map(|text| session_lines(text, width))
        {
            writeln!(out, "{ERROR_INDENT}{}", out.styled(QUIET, line))?;
        }
        for line in below.iter().flat_map(|error| wrapped(error, width)) {
            writeln!(out, "{ERROR_INDENT}{}", out.styled(FAILED, line))?;
        }
    }
    Ok(())
}

/// Returns the words ` of session ID` in lines that fit the width behind [`ERROR_INDENT`].
fn session_lines(text: &str, width: Option<usize>) -> Vec<&str> {
    let text = text.trim();
    match text.rsplit_once(' ') {
        Some((words, id)) if width.is_some_and(|it| ERROR_INDENT.len() + columns(text) > it) => {
            vec![words, id]
        }
        _ => vec![text],
    }
}

/// Formats the first `shown` time columns of a node.
fn times(forest: &Forest, at: usize, shown: usize) -> String {
    let node = &forest.nodes[at];
    let idle = node
        .busy_ns
        .and_then(|busy| Some(node.dur_ns?.saturating_sub(busy)));
    let columns = [node.dur_ns, forest.self_ns(at), node.busy_ns, idle];
    let mut text = String::new();
    for time in columns.into_iter().take(shown) {
        let _ = write!(text, "{:>9} ", time.map(nanoseconds).unwrap_or_default());
    }
    text.push(' ');
    text
}

fn branch(text: &mut String, lines: &[bool], place: TreePosition) {
    for goes_on in lines.iter().take(DEEPEST) {
        text.push_str(if *goes_on { "│  " } else { "   " });
    }
    if place.depth > DEEPEST {
        let _ = write!(text, "… {} ", place.depth);
    }
    if place.depth > 0 {
        text.push_str(if place.last { "└─ " } else { "├─ " });
    }
}

fn name(node: &Node) -> String {
    match (node.kind, node.id) {
        (NodeKind::Missing, Some(id)) => format!("(span {id}: not ended, or lost)"),
        (NodeKind::Event, _) => format!("· {}", visible(&node.name)),
        (NodeKind::Open, _) => format!("{} (open)", visible(&node.name)),
        _ => visible(&node.name).into_owned(),
    }
}

/// Returns the beginning of a text in lines that fit the width behind [`ERROR_INDENT`].
fn wrapped(text: &str, width: Option<usize>) -> Vec<String> {
    let width = width.map_or(usize::MAX, |width| {
        width.saturating_sub(ERROR_INDENT.len()).max(1)
    });
    let mut lines = Vec::new();
    let mut rest = text.trim();
    while !rest.is_empty() {
        if lines.len() + 1 == ERROR_LINES {
            lines.push(cut(rest, width).into_owned());
            break;
        }
        let ends = rest.char_indices().map(|(at, found)| at + found.len_utf8());
        let end = ends
            .take_while(|end| columns(&rest[..*end]) <= width)
            .last();
        // A character that is wider than the line.
        let end = end.unwrap_or_else(|| rest.chars().next().map_or(0, char::len_utf8));
        let at_word = rest[..end]
            .rfind(' ')
            .filter(|at| end < rest.len() && *at > width / 2);
        let (line, others) = rest.split_at(at_word.unwrap_or(end));
        lines.push(line.trim_end().to_owned());
        rest = others.trim_start();
    }
    lines
}

/// Returns the turn, the operation and the outcome of a node, as its line shows them behind the name.
fn outcome(node: &Node) -> String {
    let mut text = String::new();
    if let Some(turn) = node.turn {
        let _ = write!(text, " turn {turn}");
    }
    let (tool, agent) = (node.tool.as_deref(), node.agent.as_deref());
    if let Some(operation) = operation_name(node.operation.as_deref(), tool, agent) {
        let _ = write!(text, " [{}]", visible(&operation));
    }
    if let Some(outcome) = node.outcome.as_deref().filter(|outcome| *outcome != "ok") {
        let _ = write!(text, " {}", visible(outcome));
    }
    text
}

/// Returns the recorded return value of a node, in the form of `tail`.
fn ret(node: &Node) -> String {
    let ret = node.ret.as_deref();
    ret.map_or_else(String::new, |ret| format!(" -> {}", visible(ret)))
}

fn fields(node: &Node) -> String {
    let mut text = String::new();
    if let Some(fields) = &node.fields {
        crate::fields::write(&mut text, fields, node.lengths.as_deref());
    }
    text
}

/// The JSON form of a node.
#[derive(Serialize)]
struct NodeJson<'a> {
    file: &'a str,
    depth: usize,
    #[serde(skip_serializing_if = "Option::is_none")]
    self_ns: Option<u64>,
    #[serde(flatten)]
    node: &'a Node,
}

/// Writes trees as one JSON document: a flat list in drawing order with the depth of each node, so that
/// deep trees do not exceed the nesting limit of a JSON parser.
///
/// # Errors
///
/// Fails if stdout cannot be written.
pub fn write_trees_json(trees: &Trees, skipped_lines: u64, out: &mut Terminal) -> io::Result<()> {
    write!(
        out,
        "{{\"v\":{VERSION},\"skipped_lines\":{skipped_lines},\"dropped\":{},\"spans\":[",
        trees.dropped
    )?;
    let mut first = true;
    for (file, forest) in &trees.launches {
        for place in forest.roots.iter().flat_map(|root| forest.walk(*root)) {
            write!(out, "{}", if first { "\n" } else { ",\n" })?;
            first = false;
            let json = NodeJson {
                file,
                depth: place.depth,
                self_ns: forest.self_ns(place.node),
                node: &forest.nodes[place.node],
            };
            out.write_all(escaped_json(&serde_json::to_string(&json)?).as_bytes())?;
        }
    }
    writeln!(out, "\n]}}")
}

#[cfg(test)]
mod tests {
    use super::wrapped;

    #[test]
    fn an_error_is_wrapped_at_words_and_cut_after_three_lines() {
        let text = "429 rate limit reached for gpt-4o-mini, try again in 20 s";
        assert_eq!(
            wrapped(text, Some(40)),
            [
                "429 rate limit reached for",
                "gpt-4o-mini, try again in 20 s"
            ]
        );
        let lines = wrapped(&"x".repeat(200), Some(40));
        assert_eq!(lines.len(), 3);
        assert!(lines[2].ends_with('…'), "{lines:?}");
        assert_eq!(wrapped("漢字", Some(1)).len(), 2);
        assert_eq!(wrapped(text, None), [text]);
    }
}
