//! The command `telemetry statusline`.

use std::io::Write as _;

use clap::Args;
use jiff::civil::Weekday;

use super::number::from_zero;
use super::shared::{GlobalArgs, SessionArgs, report_missing_logs, zone_help};
use crate::error::{Error, ExitStatus};
use crate::selection::{Calendar, now, time_zone};
use crate::statusline::{self, StatuslineInput};
use crate::terminal::Terminal;

/// Show one line for the prompt of a shell or an editor: model, cost of the session and of today, cost per hour, context left
#[derive(Debug, Args)]
#[command(after_help = "\
The command never fails a prompt: on a problem it writes an empty line, with exit code 0. It has colours only with --color.
If stdin is a pipe, the JSON that Claude Code writes to a status line command is read from it: session_id, model, cost,
context_window.

Examples:
  telemetry statusline --width 60
  telemetry statusline --strict            with errors on stderr and exit code 2
  set -g status-right '#(telemetry statusline --width 80)'     in .tmux.conf")]
pub(super) struct StatuslineArgs {
    #[command(flatten)]
    session: SessionArgs,

    /// Omit parts of the line until it has at most N columns [default: the width of a terminal]
    #[arg(short = 'w', long, value_name = "N", value_parser = from_zero, allow_negative_numbers = true)]
    width: Option<usize>,

    #[arg(short = 'z', long, value_name = "NAME", help = zone_help())]
    timezone: Option<String>,

    /// Report problems on stderr with exit code 2, instead of an empty line
    #[arg(long)]
    strict: bool,

    /// Write JSON
    #[arg(short, long)]
    json: bool,
}

impl StatuslineArgs {
    pub(super) fn run(&self, global: &GlobalArgs, out: &mut Terminal) -> Result<ExitStatus, Error> {
        match self.text(global, out) {
            Ok(text) => out.write_all(text.as_bytes())?,
            Err(error) if self.strict => return Err(error),
            Err(_) if self.json => out.write_all(b"{}\n")?,
            Err(_) => out.write_all(b"\n")?,
        }
        Ok(ExitStatus::Done)
    }

    fn text(&self, global: &GlobalArgs, out: &Terminal) -> Result<String, Error> {
        let homes = if self.strict {
            global.homes()?
        } else {
            global.homes_quietly()?
        };
        let input = StatuslineInput::from_stdin();
        if self.strict {
            report_missing_logs(&homes, "record");
        }
        let session = if self.strict {
            self.session.resolve(&homes)?
        } else {
            self.session.resolve_quietly(&homes)?
        };
        let zone = time_zone(self.timezone.as_deref())?;
        let calendar = Calendar::new(zone, Weekday::Monday);
        let values = statusline::read(&homes, session, &input, calendar, now())?;
        if self.json {
            let mut document = Vec::new();
            statusline::write_json(&values, &mut document)?;
            return Ok(String::from_utf8_lossy(&document).into_owned());
        }
        let width = self.width.or(out.width());
        let colors = (global.color() == Some(true)).then_some(out);
        let line = statusline::line(&values, &input, width, colors);
        Ok(line + "\n")
    }
}
