//! A line of any log, as a person reads it.

use std::fmt::Write as _;
use std::io::{self, Write};

use anstyle::{AnsiColor, Style};
use jiff::tz::TimeZone;
use telemetry_schema::record::{Json, Record, SessionRecord, Timestamp};

use super::entry::{Entry, What};
use crate::terminal::{Terminal, columns, cut, milliseconds, nanoseconds, visible};

const TIME: Style = AnsiColor::BrightBlack.on_default();
const LOG: Style = AnsiColor::Cyan.on_default();
const NAME: Style = Style::new().bold();
const PLAIN: Style = Style::new();

/// Texts one behind the other, each in a style, cut together.
#[derive(Default)]
struct Pieces(Vec<(Style, String)>);

impl Pieces {
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

/// Writes an entry of a log in one line of the terminal.
///
/// # Errors
///
/// What stdout says.
pub fn write(entry: &Entry<'_>, log: &str, zone: &TimeZone, out: &mut Terminal) -> io::Result<()> {
    let mut pieces = Pieces::default();
    pieces.add(TIME, clock(entry.time, zone));
    let level = match entry.level.name() {
        "error" => AnsiColor::Red.on_default(),
        "warn" => AnsiColor::Yellow.on_default(),
        "info" => AnsiColor::Green.on_default(),
        _ => TIME,
    };
    pieces.add(level, format!(" {:>5}", entry.level.name().to_uppercase()));
    pieces.add(LOG, format!(" {} ", visible(log)));
    match &entry.what {
        What::Text(text) => pieces.add(PLAIN, visible(text)),
        What::Record(record) => say(record, &mut pieces),
    }
    pieces.write(out)
}

/// The time of day to the millisecond.
fn clock(time: Timestamp, zone: &TimeZone) -> String {
    let time = jiff::Timestamp::from_microsecond(time.micros()).unwrap_or_default();
    time.to_zoned_datetime(zone.clone())
        .strftime("%H:%M:%S%.3f")
        .to_string()
}

fn say(record: &Record<'_>, pieces: &mut Pieces) {
    let fields = |json: Option<Json<'_>>| {
        let mut text = String::new();
        if let Some(json) = json {
            crate::fields::write(&mut text, json.get());
        }
        text
    };
    match record {
        Record::Span(it) => {
            pieces.add(NAME, visible(&it.name));
            pieces.add(PLAIN, format!(" {}", nanoseconds(it.dur_ns)));
            let mut rest = String::new();
            if let Some(outcome) = it.outcome.as_deref().filter(|outcome| *outcome != "ok") {
                let _ = write!(rest, " {}", visible(outcome));
            }
            if let Some(error) = &it.error {
                let _ = write!(rest, ": {}", visible(error));
            }
            pieces.add(AnsiColor::Red.on_default(), rest);
            if let Some(ret) = &it.ret {
                pieces.add(PLAIN, format!(" -> {}", visible(ret)));
            }
            pieces.add(PLAIN, fields(it.fields));
        }
        Record::SpanStart(it) => {
            pieces.add(NAME, visible(&it.name));
            pieces.add(TIME, " …");
            pieces.add(PLAIN, fields(it.fields));
        }
        Record::Event(it) => {
            pieces.add(NAME, visible(&it.name));
            pieces.add(PLAIN, fields(it.fields));
        }
        Record::Session(it) => request(it, pieces),
        Record::Header(it) => {
            let text = |text: Option<&str>| visible(text.unwrap_or("?")).into_owned();
            let app = (text(it.app.as_deref()), text(it.app_version.as_deref()));
            pieces.add(TIME, format!("log of {} {}, pid {}", app.0, app.1, it.pid));
        }
        Record::Lost(it) => {
            let bytes = it.bytes;
            pieces.add(
                AnsiColor::Yellow.on_default(),
                format!(
                    "{} records lost ({bytes} bytes): {}",
                    it.count,
                    visible(&it.cause)
                ),
            );
        }
        _ => {}
    }
}

fn request(it: &SessionRecord<'_>, pieces: &mut Pieces) {
    pieces.add(NAME, visible(it.model.as_deref().unwrap_or("unknown")));
    let mut text = String::new();
    // Writing to a string cannot fail.
    let _ = it.turn.map(|turn| write!(text, " turn {turn}"));
    if let (Some(prompt), Some(completion)) = (it.prompt_tokens, it.completion_tokens) {
        let _ = write!(text, " {prompt} + {completion} tokens");
    } else if it.total() > 0 {
        let _ = write!(text, " {} tokens", it.total());
    }
    let _ = it.cost_usd.map(|cost| write!(text, " ${cost}"));
    let _ = it
        .latency_ms
        .map(|millis| write!(text, " {}", milliseconds(millis)));
    if let Some(attempt) = it.attempt.filter(|attempt| *attempt > 1) {
        let _ = write!(text, " attempt {attempt}");
    }
    pieces.add(PLAIN, text);
    if !it.is_ok() {
        let class = it.error_class.as_deref().unwrap_or("failed");
        pieces.add(AnsiColor::Red.on_default(), format!(" {}", visible(class)));
    }
}
