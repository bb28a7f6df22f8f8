//! The chat as plain lines, for pipes and for exec mode.

use std::io::{self, Write};
use std::time::Duration;

use telemetry_runtime::telemetry_span;

use crate::client::{Answer, Attempt, ClientError};
use crate::display::{Display, printable};

/// The chat as plain lines.
pub(crate) struct PlainChat {
    out: Box<dyn Write>,
    errors: Box<dyn Write>,
    /// Whether the header and the prompts are shown.
    framed: bool,
    model: String,
    /// Whether the text of an answer is on a line that has not ended.
    open_line: bool,
}

impl PlainChat {
    /// Returns a chat that is shown whole on stdout.
    pub(crate) fn chat(model: &str) -> Self {
        Self {
            out: Box::new(io::stdout()),
            errors: Box::new(io::stdout()),
            framed: true,
            model: model.to_owned(),
            open_line: false,
        }
    }

    /// Returns a chat that writes only answers to stdout, and errors to stderr.
    pub(crate) fn exec(model: &str) -> Self {
        Self {
            errors: Box::new(io::stderr()),
            framed: false,
            ..Self::chat(model)
        }
    }

    #[telemetry_span("chatwidget.header.draw", fields(model = %self.model), err)]
    pub(crate) fn draw_header(&mut self, endpoint: &str) -> io::Result<()> {
        writeln!(
            self.out,
            "demo, talking to {endpoint}, model {}",
            printable(&self.model)
        )
    }

    /// Shows the retry and the reasoning of an answer.
    fn details(&mut self, answer: &Answer) -> io::Result<()> {
        if let Some(cause) = &answer.attempt.retry_cause {
            let number = answer.attempt.number;
            writeln!(self.out, "  (attempt {number}, after a {cause})")?;
        }
        if !answer.body.reasoning.is_empty() {
            writeln!(
                self.out,
                "  (thought: {})",
                printable(&answer.body.reasoning)
            )?;
        }
        Ok(())
    }

    pub(crate) fn line(&mut self, line: &str) -> io::Result<()> {
        writeln!(self.out, "{line}")
    }

    fn end_line(&mut self) -> io::Result<()> {
        if std::mem::take(&mut self.open_line) {
            writeln!(self.out)?;
        }
        Ok(())
    }
}

impl Display for PlainChat {
    #[telemetry_span("chatwidget.header.set_model", fields(from = %self.model, to = model), err)]
    fn set_model(&mut self, model: &str) -> io::Result<()> {
        if self.model == model {
            return Ok(());
        }
        model.clone_into(&mut self.model);
        if !self.framed {
            return Ok(());
        }
        writeln!(self.out, "\n[model {}]", printable(model))
    }

    #[telemetry_span("display.prompt", content(prompt), err)]
    fn prompt(&mut self, prompt: &str) -> io::Result<()> {
        if !self.framed {
            return Ok(());
        }
        writeln!(self.out, "\n> {}", printable(prompt))
    }

    #[telemetry_span("display.text", fields(bytes = text.len()), level = "debug", err)]
    fn text(&mut self, text: &str) -> io::Result<()> {
        self.open_line |= !text.is_empty();
        self.out.write_all(printable(text).as_bytes())?;
        self.out.flush()
    }

    #[telemetry_span("display.answer", fields(tools = answer.body.tools.len()), err)]
    fn answer(&mut self, answer: &Answer) -> io::Result<()> {
        self.end_line()?;
        if self.framed {
            self.details(answer)?;
        }
        for tool in &answer.body.tools {
            writeln!(
                self.out,
                "  (wants {} {})",
                printable(&tool.name),
                printable(&tool.arguments)
            )?;
        }
        Ok(())
    }

    /// Does nothing: the answer states the retry, and a pipe shows no progress.
    fn retrying(&mut self, _attempt: &Attempt, _wait: Duration) {}

    #[telemetry_span("display.error", level = "error", err)]
    fn error(&mut self, error: &ClientError) -> io::Result<()> {
        self.end_line()?;
        writeln!(self.errors, "demo: {error}")
    }
}
