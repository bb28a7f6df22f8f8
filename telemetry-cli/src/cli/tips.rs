//! Suggestions for users of ccusage: the equivalent of an argument that this program does not have.

use clap::Error;
use clap::error::{ContextKind, ContextValue};

/// Prints a usage error with a suggestion, or the requested help or version, and ends the process.
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
        // A suggestion of clap's that is merely similar in spelling would mislead.
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

/// Returns the suggestion for a command or flag of ccusage, version 20.
fn tip(word: &str) -> Option<&'static str> {
    // clap reports `--mode <MODE>` if the value is missing.
    let word = word.split([' ', '=']).next().unwrap_or(word);
    Some(match word {
        #[cfg(not(feature = "parquet"))]
        "parquet" => {
            "this binary was built without Parquet; install it with `cargo install telemetry-cli --features parquet`"
        }
        #[cfg(not(feature = "report"))]
        "report" => {
            "this binary was built without reports; install it with `cargo install telemetry-cli --features report`"
        }
        #[cfg(not(feature = "otlp-send"))]
        "--endpoint" | "--traces-endpoint" | "--logs-endpoint" | "--metrics-endpoint"
        | "--follow" => {
            "this binary was built without sending; install it with `cargo install telemetry-cli --features otlp-send`"
        }
        "daily" | "weekly" | "monthly" | "session" => {
            "the reports are values of `telemetry usage`: telemetry usage daily, weekly, monthly, session or model"
        }
        "blocks" => {
            "blocks of five hours belong to Claude's subscription plans and do not apply to these logs; use \
             `telemetry usage daily` and, for a limit, `telemetry budget --daily 5`"
        }
        "statusline" => "use `telemetry status`, or `telemetry status -j` for programs",
        "--sections" => {
            "run each report on its own: telemetry usage daily -j; telemetry usage session -j"
        }
        "--by-agent" => {
            "the logs belong to one program; use `--breakdown` for models, and several `--home` to read several agents as one"
        }
        "--mode" | "-m" => {
            "the cost of a request is in its record; `cost_sources` of `telemetry usage -j` names its origin"
        }
        "--debug" | "-d" | "--debug-samples" => {
            "use `telemetry doctor` to find problems of the logs"
        }
        "--config" => {
            "this program has no options file; `--home DIR` names the directory of the host's config.toml"
        }
        "--project" | "-p" | "--instances" => {
            "the logs do not record projects; use `telemetry usage session`, and `-i ID` for one session"
        }
        "--active" | "-a" | "--recent" | "-r" | "--token-limit" | "--session-length" => {
            "this option belongs to ccusage's blocks; use `telemetry status` for the running session and `telemetry budget --daily 5` for a limit"
        }
        _ => return None,
    })
}
