//! A library that annotates its functions. It neither calls `init` nor enables a feature.

use telemetry_runtime::{UsageSource, session_usage, telemetry_span};

/// The answer of the model.
#[derive(Debug, UsageSource)]
pub struct Answer {
    /// The tokens of the prompt.
    #[usage(prompt_tokens)]
    pub input: u64,
    /// The tokens of the answer.
    #[usage(completion_tokens)]
    pub output: u64,
    /// The text of the answer.
    pub text: String,
}

/// Asks the model, once.
///
/// # Errors
///
/// If the prompt is empty.
#[telemetry_span("client.ask", fields(model, bytes = prompt.len()), err)]
#[session_usage(model = model)]
pub fn ask(model: &str, prompt: &str) -> Result<Answer, String> {
    match prompt {
        "" => Err(format!("the prompt for {model} is empty")),
        _ => Ok(Answer {
            input: 11,
            output: 2,
            text: prompt.to_uppercase(),
        }),
    }
}
