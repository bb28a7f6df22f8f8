//! Exec mode: questions from the command line, answers on stdout, errors on stderr.

use crate::agent::{Agent, Manner, TurnError};

/// Asks one after the other; gives how many got no answer.
pub(crate) async fn run(
    agent: &mut Agent,
    prompts: &[String],
    manner: &Manner,
) -> Result<u32, TurnError> {
    let mut failures = 0;
    for prompt in prompts {
        match agent.turn(prompt, manner).await {
            Ok(()) => {}
            Err(TurnError::Client(_)) => failures += 1,
            Err(terminal) => return Err(terminal),
        }
    }
    Ok(failures)
}
