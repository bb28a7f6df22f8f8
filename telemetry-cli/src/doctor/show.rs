//! The diagnosis as text.

use std::io::{self, Write};
use std::path::Path;

use anstyle::{AnsiColor, Style};

use super::{Diagnosis, WriteTest};
use crate::terminal::{Cell, Column, Table, Terminal, bytes, counted, grouped, visible};

/// The columns before a suggestion.
const HELP: usize = "    help: ".len();
const HEAD: Style = Style::new().bold();
const WELL: Style = AnsiColor::Green.on_default();
const WRONG: Style = AnsiColor::Red.on_default();
const SUGGESTION: Style = AnsiColor::Cyan.on_default();

/// Writes the configuration, the logs and the findings of each home.
///
/// # Errors
///
/// Fails if stdout cannot be written.
pub fn write(diagnoses: &[Diagnosis], out: &mut Terminal) -> io::Result<()> {
    for (at, diagnosis) in diagnoses.iter().enumerate() {
        if at > 0 {
            writeln!(out)?;
        }
        let mut home = format!("Home {}", visible(&diagnosis.home));
        if !Path::new(&diagnosis.home).exists() {
            home.push_str(" (does not exist)");
        }
        writeln!(out, "{}", out.styled(HEAD, home))?;
        writeln!(out)?;
        diagnosis.write_config(out)?;
        writeln!(out)?;
        diagnosis.write_logs(out)?;
        writeln!(out)?;
        diagnosis.write_place(out)?;
        writeln!(out)?;
        diagnosis.write_findings(out)?;
    }
    Ok(())
}

impl Diagnosis {
    fn write_config(&self, out: &mut Terminal) -> io::Result<()> {
        let mut table = Table::new([
            Column::key("Setting"),
            Column::whole("Value"),
            Column::whole("Origin"),
        ]);
        for value in &self.config {
            let key = value.key.strip_prefix("telemetry.").unwrap_or(&value.key);
            table.plain([
                Cell::from(key),
                value.value.as_str().into(),
                value.origin.as_str().into(),
            ]);
        }
        table.write(out)
    }

    fn write_logs(&self, out: &mut Terminal) -> io::Result<()> {
        let mut table = Table::new([
            Column::key("Log"),
            Column::number("Files").rank(4),
            Column::number("In use").rank(3),
            Column::number("Size"),
            Column::number("Records").rank(2),
            Column::number("Last record").rank(1),
            Column::whole("Path"),
        ]);
        for log in &self.logs {
            let records = match log.name.as_str() {
                "tui" => "-".to_owned(),
                _ => grouped(log.records),
            };
            table.plain([
                Cell::from(&log.name),
                log.files.to_string().into(),
                log.in_use.to_string().into(),
                bytes(log.bytes).into(),
                records.into(),
                log.age().map_or("-".to_owned(), ago).into(),
                log.path.as_str().into(),
            ]);
        }
        table.write(out)
    }

    fn write_place(&self, out: &mut Terminal) -> io::Result<()> {
        let budget = match self.max_total_bytes {
            0 => format!("{} used, no limit", bytes(self.bytes)),
            budget => format!(
                "{} of {} used, {} left",
                bytes(self.bytes),
                bytes(budget),
                bytes(budget.saturating_sub(self.bytes))
            ),
        };
        let sizes: u64 = self.logs.iter().map(|log| log.bytes).sum();
        let budget = if self.bytes > sizes {
            // The sum of the sizes above is another one.
            budget + "; the length of each file is rounded up to 4 KiB"
        } else {
            budget
        };
        out.write_sentence("Budget      ", &budget)?;
        if self.leftover_files > 0 {
            let sentence = format!(
                "{} of it in {} under default names that `file` has replaced",
                bytes(self.leftover_bytes),
                counted(self.leftover_files as u64, "file", "files")
            );
            out.write_sentence("Left over   ", &sentence)?;
        }
        if let Some(path) = &self.rollup {
            let size = bytes(self.rollup_bytes);
            out.write_sentence(
                "Pruned      ",
                &format!("{size} of sums in {}", visible(path)),
            )?;
        }
        for log in self.logs.iter().filter(|log| log.sampled_out > 0) {
            let records = counted(log.sampled_out, "record", "records");
            let name = visible(&log.name);
            out.write_sentence(
                "Sampling    ",
                &format!("`sample` omitted {records} of the log {name}"),
            )?;
        }
        let wrote = match &self.write_test {
            WriteTest::Passed(directory) => {
                format!("passed in {}", visible(&directory.to_string_lossy()))
            }
            WriteTest::Failed => "failed; see the findings".to_owned(),
            WriteTest::NotRun(directory) => format!(
                "not run: {} does not exist yet, and the host creates it",
                visible(&directory.to_string_lossy())
            ),
        };
        out.write_sentence("Write test  ", &wrote)
    }

    fn write_findings(&self, out: &mut Terminal) -> io::Result<()> {
        if self.is_home_unusable {
            // No sentence about the configuration is written, because the message of the finding names the first step.
        } else if !self.enabled && self.is_config_unreadable {
            let sentence = format!(
                "Telemetry is disabled until {} is corrected, unless CODEX_TELEMETRY=1 or --telemetry enables it for the host.",
                visible(&self.config_file)
            );
            out.write_sentence("", &sentence)?;
        } else if !self.enabled {
            let sentence = format!(
                "Telemetry is disabled. To enable it, set `enabled = true` below [telemetry] in {}, or \
                 CODEX_TELEMETRY=1, or pass --telemetry for one run of the host.",
                visible(&self.config_file)
            );
            out.write_sentence("", &sentence)?;
        }
        if self.findings.is_empty() {
            return writeln!(out, "{}", out.styled(WELL, "No problems found."));
        }
        let count = counted(self.findings.len() as u64, "finding", "findings") + ":";
        writeln!(out, "{}", out.styled(WRONG, count))?;
        for finding in &self.findings {
            for (at, line) in finding.message.lines().enumerate() {
                let begin = if at == 0 { "  * " } else { "    " };
                out.write_sentence(begin, &visible(line))?;
            }
            let suggestion = visible(&finding.suggestion);
            let suggestion = format!("    help: {}", out.fitted(&suggestion, HELP, HELP));
            writeln!(out, "{}", out.styled(SUGGESTION, suggestion))?;
        }
        Ok(())
    }
}

/// Formats an age: `12 s ago`, `3 h ago`.
fn ago(seconds: u64) -> String {
    match seconds {
        0..120 => format!("{seconds} s ago"),
        120..7_200 => format!("{} min ago", seconds / 60),
        7_200..172_800 => format!("{} h ago", seconds / 3_600),
        _ => format!("{} days ago", grouped(seconds / 86_400)),
    }
}
