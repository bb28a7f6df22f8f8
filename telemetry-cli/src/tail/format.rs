//! Formats a line of any log for people.

use std::fmt::Write as _;
use std::io::{self, Write};

use anstyle::{AnsiColor, Style};
use jiff::tz::TimeZone;
use telemetry_schema::record::{Json, Record, SessionRecord, Timestamp};

use super::log_line::{LineContent, LogLine};
use crate::records::{LIMITED, REPEATED, SAMPLED, operation_name};
use crate::selection::{now, to_zoned};
use crate::terminal::{Terminal, bytes, columns, counted, cut, milliseconds, nanoseconds, visible};

const TIME: Style = AnsiColor::BrightBlack.on_default();
const LOG: Style = AnsiColor::Cyan.on_default();
const NAME: Style = Style::new().bold();
const PLAIN: Style = Style::new();

/// Styled text that is cut to the width of the terminal as a whole.
#[derive(Default)]
struct StyledLine(Vec<(Style, String)>);

impl StyledLine {
    fn add(&mut self, style: Style, text: impl Into<String>) {
        self.0.push((style, text.into()));
    }

    fn write(self, out: &mut Terminal) -> io::Result<()> {
        let mut left = out.width();
        for (style, text) in self.0.into_iter().filter(|(_, text)| !text.is_empty()) {
            let text = match left {
                Some(left) => cut(&text, left).into_owned(),
                None => text,
            };
            left = left.map(|left| left.saturating_sub(columns(&text)));
            write!(out, "{}", out.styled(style, &text))?;
            if left == Some(0) {
                break;
            }
        }
        writeln!(out)
    }
}

/// Writes the rows that appeared on the screen of a host, each as one line on the terminal.
///
/// # Errors
///
/// Fails if stdout cannot be written.
pub fn write_screen(
    entry: &LogLine<'_>,
    log: &str,
    rows: &[String],
    zone: &TimeZone,
    out: &mut Terminal,
) -> io::Result<()> {
    for row in rows {
        let mut line = StyledLine::default();
        line.add(TIME, clock(entry.time, zone));
        line.add(LOG, format!(" {} ", visible(log)));
        line.add(PLAIN, row);
        line.write(out)?;
    }
    Ok(())
}

/// Writes a line of a log as one line on the terminal.
///
/// # Errors
///
/// Fails if stdout cannot be written.
pub fn write(
    entry: &LogLine<'_>,
    log: &str,
    zone: &TimeZone,
    out: &mut Terminal,
) -> io::Result<()> {
    let mut line = StyledLine::default();
    line.add(TIME, clock(entry.time, zone));
    let level = match entry.level.name() {
        "error" => AnsiColor::Red.on_default(),
        "warn" => AnsiColor::Yellow.on_default(),
        "info" => AnsiColor::Green.on_default(),
        _ => TIME,
    };
    line.add(level, format!(" {:>5}", entry.level.name().to_uppercase()));
    line.add(LOG, format!(" {} ", visible(log)));
    match &entry.content {
        LineContent::Text(text) => line.add(PLAIN, visible(text)),
        LineContent::Record(record) => add_record(record, &mut line),
    }
    line.write(out)
}

/// Formats the time of day with milliseconds, with the date unless it is today.
fn clock(time: Timestamp, zone: &TimeZone) -> String {
    let (time, now) = (to_zoned(time, zone), to_zoned(now(), zone));
    let format = if time.date() == now.date() {
        "%H:%M:%S%.3f"
    } else {
        "%Y-%m-%d %H:%M:%S%.3f"
    };
    time.strftime(format).to_string()
}

/// Adds the operation of an agent, in brackets.
fn add_operation(
    operation: Option<&str>,
    tool: Option<&str>,
    agent: Option<&str>,
    line: &mut StyledLine,
) {
    if let Some(operation) = operation_name(operation, tool, agent) {
        line.add(PLAIN, format!(" [{}]", visible(&operation)));
    }
}

fn add_record(record: &Record<'_>, line: &mut StyledLine) {
    let fields = |json: Option<Json<'_>>, lengths: Option<Json<'_>>| {
        let mut text = String::new();
        if let Some(json) = json {
            crate::fields::write(&mut text, json.get(), lengths.map(Json::get));
        }
        text
    };
    match record {
        Record::Span(it) => {
            line.add(NAME, visible(&it.name));
            let (tool, agent) = (it.tool.as_deref(), it.agent.as_deref());
            add_operation(it.operation.as_deref(), tool, agent, line);
            line.add(PLAIN, format!(" {}", nanoseconds(it.dur_ns)));
            let mut rest = String::new();
            if let Some(outcome) = it.outcome.as_deref().filter(|outcome| *outcome != "ok") {
                let _ = write!(rest, " {}", visible(outcome));
            }
            if let Some(error) = &it.error {
                let _ = write!(rest, ": {}", visible(error));
            }
            line.add(AnsiColor::Red.on_default(), rest);
            if let Some(ret) = &it.ret {
                line.add(PLAIN, format!(" -> {}", visible(ret)));
            }
            line.add(PLAIN, fields(it.fields, it.lengths));
        }
        Record::SpanStart(it) => {
            line.add(NAME, visible(&it.name));
            let (tool, agent) = (it.tool.as_deref(), it.agent.as_deref());
            add_operation(it.operation.as_deref(), tool, agent, line);
            line.add(TIME, " …");
            line.add(PLAIN, fields(it.fields, it.lengths));
        }
        Record::Event(it) => {
            line.add(NAME, visible(&it.name));
            line.add(PLAIN, fields(it.fields, it.lengths));
        }
        Record::Session(it) => add_request(it, line),
        Record::Header(it) => {
            let program = it.program();
            let text = format!("log of {}, pid {}", visible(&program), it.pid);
            line.add(TIME, text);
        }
        Record::Lost(it) => {
            let (count, cause) = (it.count, visible(&it.cause));
            let text = if it.cause == REPEATED {
                let answers = counted(count, "answer", "answers");
                format!("{answers} with the id of an earlier request, counted as that request")
            } else if it.cause.starts_with(LIMITED) || it.cause.starts_with(SAMPLED) {
                format!("{} omitted: {cause}", counted(count, "record", "records"))
            } else {
                let records = counted(count, "record", "records");
                format!("{records} lost ({}): {cause}", bytes(it.bytes))
            };
            line.add(AnsiColor::Yellow.on_default(), text);
        }
        _ => {}
    }
}

fn add_request(it: &SessionRecord<'_>, line: &mut StyledLine) {
    line.add(NAME, visible(it.model.as_deref().unwrap_or("unknown")));
    let mut text = String::new();
    // Writing to a string cannot fail.
    let _ = it.turn_number().map(|turn| write!(text, " turn {turn}"));
    let _ = it
        .request_number()
        .map(|request| write!(text, " request {request}"));
    if let (Some(prompt), Some(completion), false) =
        (it.prompt_tokens, it.completion_tokens, it.is_amendment())
    {
        let _ = write!(text, " {prompt} + {completion} tokens");
    } else if it.is_amendment() {
        let _ = write!(text, " +{}", counted(it.total(), "token", "tokens"));
    } else if it.total() > 0 {
        let _ = write!(text, " {}", counted(it.total(), "token", "tokens"));
    }
    let _ = it
        .cost_usd
        .map(|cost| write!(text, " {}", telemetry_text::dollars(cost.0)));
    let _ = it
        .latency_ms
        .map(|millis| write!(text, " {}", milliseconds(millis)));
    if let Some(attempt) = it.attempt.filter(|attempt| *attempt > 1) {
        let _ = write!(text, " attempt {attempt}");
    }
    line.add(PLAIN, text);
    if !it.is_ok() {
        let class = it.error_class.as_deref().unwrap_or("failed");
        line.add(AnsiColor::Red.on_default(), format!(" {}", visible(class)));
    }
}
