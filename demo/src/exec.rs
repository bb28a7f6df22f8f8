//! Exec mode: prompts from the command line, answers on stdout, errors on stderr.

use crate::agent::{Agent, TurnError, TurnOptions};
use crate::chatwidget::PlainChat;

/// Runs a turn for each prompt and returns the number of turns without an answer.
pub(crate) async fn run(
    agent: &Agent<PlainChat>,
    prompts: &[String],
    options: &TurnOptions,
) -> Result<u32, TurnError> {
    let mut failures = 0;
    for prompt in prompts {
        match agent.turn(prompt, options).await {
            Ok(()) => {}
            Err(TurnError::Client(_)) => failures += 1,
            Err(terminal) => return Err(terminal),
        }
    }
    Ok(failures)
}
