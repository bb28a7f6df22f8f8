//! The diagnosis as text.

use std::io::{self, Write};

use anstyle::{AnsiColor, Style};

use super::Diagnosis;
use crate::terminal::{Cell, Column, Table, Terminal, bytes, grouped, visible};

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
        let home = format!("Home {}", visible(&diagnosis.home));
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
            Column::text("Value").least(10),
            Column::text("Origin").rank(1),
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
            Column::fixed("Log"),
            Column::number("Files"),
            Column::number("In use").rank(3),
            Column::number("Size"),
            Column::number("Records").rank(2),
            Column::number("Last record").rank(1),
            Column::text("Path").rank(4),
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
        writeln!(out, "Budget      {budget}")?;
        if self.leftover_files > 0 {
            writeln!(
                out,
                "Left over   {} of it in {} under default names that `file` has replaced",
                bytes(self.leftover_bytes),
                number(self.leftover_files, "file")
            )?;
        }
        if let Some(path) = &self.rollup {
            let size = bytes(self.rollup_bytes);
            writeln!(out, "Pruned      {size} of sums in {}", visible(path))?;
        }
        for log in self.logs.iter().filter(|log| log.sampled_out > 0) {
            let (count, name) = (grouped(log.sampled_out), visible(&log.name));
            writeln!(
                out,
                "Sampling    {count} records of the log {name} were omitted by `sample`"
            )?;
        }
        let wrote = match &self.wrote {
            Some(directory) => format!("passed in {}", visible(&directory.to_string_lossy())),
            None => "failed; see the findings".to_owned(),
        };
        writeln!(out, "Write test  {wrote}")
    }

    fn write_findings(&self, out: &mut Terminal) -> io::Result<()> {
        if !self.enabled {
            writeln!(
                out,
                "Telemetry is disabled. To enable it, set `enabled = true` below [telemetry] in {}, or \
                 CODEX_TELEMETRY=1, or pass --telemetry for one run of the host.",
                visible(&self.config_file)
            )?;
        }
        if self.findings.is_empty() {
            return writeln!(out, "{}", out.styled(WELL, "No problems found."));
        }
        let count = number(self.findings.len(), "finding") + ":";
        writeln!(out, "{}", out.styled(WRONG, count))?;
        for finding in &self.findings {
            for (at, line) in finding.message.lines().enumerate() {
                let begin = if at == 0 { "  * " } else { "    " };
                writeln!(out, "{begin}{}", visible(line))?;
            }
            let suggestion = format!("    help: {}", visible(&finding.suggestion));
            writeln!(out, "{}", out.styled(SUGGESTION, suggestion))?;
        }
        Ok(())
    }
}

/// Formats a count with its noun.
fn number(count: usize, noun: &str) -> String {
    let plural = if count == 1 { "" } else { "s" };
    format!("{count} {noun}{plural}")
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
