//! The diagnosis as text.

use std::io::{self, Write};

use anstyle::{AnsiColor, Style};

use super::Diagnosis;
use crate::terminal::{Cell, Column, Emphasis, Table, Terminal, bytes, grouped, visible};

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
        let home = diagnosis.home.display().to_string();
        head(out, &format!("Home {}", visible(&home)))?;
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

fn head(out: &mut Terminal, text: &str) -> io::Result<()> {
    writeln!(out, "{}", out.styled(HEAD, text))
}

impl Diagnosis {
    fn write_config(&self, out: &mut Terminal) -> io::Result<()> {
        let mut table = Table::new([
            Column::text("Setting").least(20),
            Column::text("Value").least(10),
            Column::text("Origin").rank(1),
        ]);
        for value in &self.config {
            let key = value.key.strip_prefix("telemetry.").unwrap_or(&value.key);
            table.row(
                Emphasis::Plain,
                [
                    Cell::from(key),
                    value.value.as_str().into(),
                    value.origin.to_string().into(),
                ],
            );
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
            table.row(
                Emphasis::Plain,
                [
                    Cell::from(&log.name),
                    log.files.to_string().into(),
                    log.in_use.to_string().into(),
                    bytes(log.bytes).into(),
                    records.into(),
                    log.age().map_or("-".to_owned(), ago).into(),
                    log.path.display().to_string().into(),
                ],
            );
        }
        table.write(out)
    }

    fn write_place(&self, out: &mut Terminal) -> io::Result<()> {
        let budget = match self.budget {
            0 => format!("{} used, no limit", bytes(self.bytes)),
            budget => format!(
                "{} of {} used, {} left",
                bytes(self.bytes),
                bytes(budget),
                bytes(budget.saturating_sub(self.bytes))
            ),
        };
        writeln!(out, "Budget      {budget}")?;
        if self.leftovers.files > 0 {
            writeln!(
                out,
                "Left over   {} of it in {} under default names that `file` has replaced",
                bytes(self.leftovers.bytes),
                match self.leftovers.files {
                    1 => "1 file".to_owned(),
                    several => format!("{several} files"),
                }
            )?;
        }
        if let Some((path, size)) = &self.rollup {
            let path = path.display().to_string();
            writeln!(
                out,
                "Pruned      {} of sums in {}",
                bytes(*size),
                visible(&path)
            )?;
        }
        let wrote = match &self.wrote {
            Some(path) => {
                let directory = path.parent().unwrap_or(path).display().to_string();
                format!("passed in {}", visible(&directory))
            }
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
                visible(&self.home.join("config.toml").display().to_string())
            )?;
        }
        if self.findings.is_empty() {
            return writeln!(out, "{}", out.styled(WELL, "No problems found."));
        }
        let count = match self.findings.len() {
            1 => "1 finding:".to_owned(),
            several => format!("{several} findings:"),
        };
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

/// Formats an age: `12 s ago`, `3 h ago`.
fn ago(seconds: u64) -> String {
    match seconds {
        0..120 => format!("{seconds} s ago"),
        120..7_200 => format!("{} min ago", seconds / 60),
        7_200..172_800 => format!("{} h ago", seconds / 3_600),
        _ => format!("{} days ago", grouped(seconds / 86_400)),
    }
}
