//! The built-in conversation.

use crate::agent::{Agent, TurnError, TurnOptions};
use crate::chatwidget::PlainChat;
use crate::client::Api;

/// A turn of the conversation.
#[derive(Debug)]
pub(crate) struct Turn {
    pub(crate) prompt: &'static str,
    /// The model of the recorded answer.
    pub(crate) model: &'static str,
    effort: Option<&'static str>,
    api: Api,
    stream: bool,
    /// Whether the recorded answer is a failure.
    fails: bool,
}

static TURNS: [Turn; 7] = [
    Turn {
        prompt: "What is the weather in Oslo?",
        model: "gpt-4o-mini",
        effort: None,
        api: Api::Chat,
        stream: false,
        fails: false,
    },
    Turn {
        prompt: "Think about it: what is six by seven?",
        model: "up-think",
        effort: Some("high"),
        api: Api::Chat,
        stream: true,
        fails: false,
    },
    Turn {
        prompt: "Look it up, and tell me as you find it.",
        model: "up-resp",
        effort: Some("medium"),
        api: Api::Responses,
        stream: true,
        fails: false,
    },
    Turn {
        prompt: "And all at once?",
        model: "up-resp",
        effort: Some("medium"),
        api: Api::Responses,
        stream: false,
        fails: false,
    },
    Turn {
        prompt: "What does Claude say?",
        model: "up-claude",
        effort: None,
        api: Api::Chat,
        stream: true,
        fails: false,
    },
    // The provider fails in the middle of its stream, after a status of 200.
    Turn {
        prompt: "Say it once more.",
        model: "up-miderr",
        effort: None,
        api: Api::Chat,
        stream: true,
        fails: true,
    },
    // The first answer is a 429.
    Turn {
        prompt: "Then you, please.",
        model: "gpt-4o-mini",
        effort: Some("low"),
        api: Api::Chat,
        stream: false,
        fails: false,
    },
];

impl Turn {
    /// Returns the options of the request whose answer is recorded.
    pub(crate) fn options(&self) -> TurnOptions {
        TurnOptions {
            model: self.model.to_owned(),
            effort: self.effort.map(str::to_owned),
            api: self.api,
            stream: self.stream,
        }
    }
}

/// Returns the turn with this index, counted from 0; the conversation begins again after the last turn.
pub(crate) fn turn(index: usize) -> &'static Turn {
    &TURNS[index % TURNS.len()]
}

/// Returns a turn with this model, which has the form of request that the recordings answer.
pub(crate) fn turn_of(model: &str) -> Option<&'static Turn> {
    TURNS.iter().find(|turn| turn.model == model)
}

/// Plays every turn and returns the number of turns whose result differs from the recording. For a real
/// proxy, which has other model names, `model` replaces the recorded models; then every turn should succeed.
pub(crate) async fn play(agent: &Agent<PlainChat>, model: Option<&str>) -> Result<u32, TurnError> {
    let mut mismatches = 0;
    for turn in &TURNS {
        let options = TurnOptions {
            model: model.unwrap_or(turn.model).to_owned(),
            ..turn.options()
        };
        let failed = match agent.turn(turn.prompt, &options).await {
            Ok(()) => false,
            Err(TurnError::Client(_)) => true,
            Err(terminal) => return Err(terminal),
        };
        mismatches += u32::from(failed != (turn.fails && model.is_none()));
    }
    Ok(mismatches)
}
