//! The chat widget: plain lines instead of a terminal UI.

use std::io::{self, Write};

use telemetry_runtime::telemetry_span;

use crate::client::{Answer, ClientError};

/// The output of the chat.
pub(crate) struct ChatWidget {
    out: Box<dyn Write>,
    errors: Box<dyn Write>,
    /// Whether the header and the prompts are shown.
    framed: bool,
    model: String,
    /// Whether the text of an answer is on a line that has not ended.
    open_line: bool,
}

impl ChatWidget {
    /// Returns a widget that shows the whole chat on stdout.
    pub(crate) fn chat(model: &str) -> Self {
        Self {
            out: Box::new(io::stdout()),
            errors: Box::new(io::stdout()),
            framed: true,
            model: model.to_owned(),
            open_line: false,
        }
    }

    /// Returns a widget that writes only answers to stdout, and errors to stderr.
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
            shown(&self.model)
        )
    }

    /// Shows the model if it has changed.
    #[telemetry_span("chatwidget.header.set_model", fields(from = %self.model, to = model), err)]
    pub(crate) fn set_model(&mut self, model: &str) -> io::Result<()> {
        if self.model == model {
            return Ok(());
        }
        model.clone_into(&mut self.model);
        if !self.framed {
            return Ok(());
        }
        writeln!(self.out, "\n[model {}]", shown(model))
    }

    #[telemetry_span("display.prompt", content(prompt), err)]
    pub(crate) fn prompt(&mut self, prompt: &str) -> io::Result<()> {
        if !self.framed {
            return Ok(());
        }
        writeln!(self.out, "\n> {}", shown(prompt))
    }

    /// Shows text of an answer as it arrives.
    #[telemetry_span("display.text", fields(bytes = text.len()), level = "debug", err)]
    pub(crate) fn text(&mut self, text: &str) -> io::Result<()> {
        self.open_line |= !text.is_empty();
        self.out.write_all(shown(text).as_bytes())?;
        self.out.flush()
    }

    /// Shows the rest of an answer whose text was shown already.
    #[telemetry_span("display.answer", fields(tools = answer.body.tools.len()), err)]
    pub(crate) fn answer(&mut self, answer: &Answer) -> io::Result<()> {
        self.end_line()?;
        if self.framed {
            self.details(answer)?;
        }
        for tool in &answer.body.tools {
            writeln!(
                self.out,
                "  (wants {} {})",
                shown(&tool.name),
                shown(&tool.arguments)
            )?;
        }
        Ok(())
    }

    /// Shows the retry and the reasoning of an answer.
    fn details(&mut self, answer: &Answer) -> io::Result<()> {
        if let Some(cause) = &answer.attempt.retry_cause {
            let number = answer.attempt.number;
            writeln!(self.out, "  (attempt {number}, after a {cause})")?;
        }
        if !answer.body.reasoning.is_empty() {
            writeln!(self.out, "  (thought: {})", shown(&answer.body.reasoning))?;
        }
        Ok(())
    }

    #[telemetry_span("display.error", level = "error", err)]
    pub(crate) fn error(&mut self, error: &ClientError) -> io::Result<()> {
        self.end_line()?;
        writeln!(self.errors, "demo: {error}")
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

/// Removes control characters from text of a model or a proxy.
fn shown(text: &str) -> String {
    text.chars()
        .filter(|c| !c.is_control() || matches!(c, '\n' | '\t'))
        .collect()
}
