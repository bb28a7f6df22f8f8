//! What to type instead, for hands that know ccusage.

use clap::Error;
use clap::error::{ContextKind, ContextValue};

/// Says what is wrong with the arguments, and what to type instead where that is known; ends the process.
/// Help and version are such an end as well.
pub(super) fn exit(mut error: Error) -> ! {
    let found = [
        ContextKind::InvalidSubcommand,
        ContextKind::InvalidValue,
        ContextKind::InvalidArg,
    ];
    let found = found.into_iter().filter_map(|kind| error.get(kind));
    let mut words = found.filter_map(|value| match value {
        ContextValue::String(word) => Some(word.as_str()),
        _ => None,
    });
    if let Some(tip) = words.find_map(tip) {
        // A word that only looks like it is no help then.
        for similar in [
            ContextKind::SuggestedSubcommand,
            ContextKind::SuggestedValue,
            ContextKind::SuggestedArg,
        ] {
            error.remove(similar);
        }
        let tip = ContextValue::StyledStrs(vec![tip.into()]);
        error.insert(ContextKind::Suggested, tip);
    }
    error.exit()
}

/// What this program has for a word of ccusage's, version 20.
fn tip(word: &str) -> Option<&'static str> {
    // `--mode <MODE>` where a value is missing.
    let word = word.split([' ', '=']).next().unwrap_or(word);
    Some(match word {
        "daily" | "weekly" | "monthly" | "session" => {
            "that is a report of `telemetry usage`: telemetry usage daily, weekly, monthly, session or model"
        }
        "blocks" => {
            "blocks of five hours are how Claude's plans count, and no request here belongs to one; there are \
             `telemetry usage daily` and, for a limit, `telemetry budget --daily 5`"
        }
        "statusline" => "`telemetry status` is that, and `telemetry status -j` for programs",
        "--sections" => {
            "one report at a time: telemetry usage daily -j; telemetry usage session -j"
        }
        "--by-agent" => {
            "the logs are of one program; `--breakdown` is by model, several `--home` are read as one"
        }
        "--mode" | "-m" => {
            "what a request cost is in its record; `cost_sources` of `telemetry usage -j` says who said so"
        }
        "--debug" | "-d" | "--debug-samples" => {
            "`telemetry doctor` says what is wrong with the logs"
        }
        "--config" => {
            "there is no file of options; `--home DIR` names the directory of the host's config.toml"
        }
        "--project" | "-p" | "--instances" => {
            "the logs know no projects; telemetry usage session, and `-i ID` for one of them"
        }
        "--active" | "-a" | "--recent" | "-r" | "--token-limit" | "--session-length" => {
            "that is of ccusage's blocks; there are `telemetry status` for what goes on now and `telemetry budget --daily 5`"
        }
        _ => return None,
    })
}
