//! Suggestions in usage errors, for users of ccusage among others.

use std::borrow::Cow;
use std::ffi::OsString;
use std::io::Write as _;
use std::process;

use clap::error::{ContextKind, ContextValue, ErrorKind};
use clap::{Command, Error};

use super::features::built_without;
use crate::terminal::wrapped_for_stderr;

/// The beginning of a suggestion in an error of clap.
const TIP: &str = "tip: ";

/// Prints a usage error with a suggestion, or the requested help or version, and ends the process. `program` has the commands.
pub(super) fn exit(mut error: Error, mut program: Command, arguments: &[OsString]) -> ! {
    if error.kind() == ErrorKind::UnknownArgument {
        // clap names the arguments with default values as if they had been given.
        program.build();
        let usage = named(&program, arguments).clone().render_usage();
        error.insert(ContextKind::Usage, ContextValue::StyledStr(usage));
    }
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
        suggest(&mut error, &[tip]);
    } else if error.kind() == ErrorKind::InvalidSubcommand {
        let mut tips = Vec::new();
        if let Some(ContextValue::Strings(similar)) = error.remove(ContextKind::SuggestedSubcommand)
        {
            tips.push(similar_commands(similar));
        }
        let names = named(&program, arguments).get_subcommands();
        let names: Vec<&str> = names.map(Command::get_name).collect();
        tips.push(format!("the commands are {}", names.join(", ")));
        suggest(&mut error, &tips);
    }
    if !error.use_stderr() {
        error.exit();
    }
    let text = error.render().ansi().to_string();
    let lines = text.lines().map(wrapped_line);
    // A closed stderr is not an error of the command.
    let _ = write!(
        anstream::stderr(),
        "{}",
        lines.collect::<Vec<_>>().join("\n") + "\n"
    );
    process::exit(error.exit_code());
}

/// Returns a tip with the commands that are similar to an unknown one. `names` has the most similar one last, as clap sorts them.
fn similar_commands(mut names: Vec<String>) -> String {
    names.reverse();
    match names.as_slice() {
        [name] => format!("a similar command is {name}"),
        names => format!("similar commands are {}", names.join(", ")),
    }
}

fn suggest(error: &mut Error, tips: &[impl AsRef<str>]) {
    let tips = tips.iter().map(|tip| tip.as_ref().to_owned().into());
    error.insert(
        ContextKind::Suggested,
        ContextValue::StyledStrs(tips.collect()),
    );
}

/// Returns a line of an error, wrapped to the width of stderr if that is a terminal. Further lines begin below the text of a tip.
fn wrapped_line(line: &str) -> String {
    let text = line.trim_start();
    let before = line.len() - text.len();
    let is_tip = anstream::adapter::strip_str(text)
        .to_string()
        .starts_with(TIP);
    let indent = before + if is_tip { TIP.len() } else { 2 };
    format!("{:before$}{}", "", wrapped_for_stderr(text, before, indent))
}

/// Returns the command that the arguments name.
fn named<'a>(program: &'a Command, arguments: &[OsString]) -> &'a Command {
    let mut command = program;
    for argument in arguments.iter().skip(1) {
        command = command.find_subcommand(argument).unwrap_or(command);
    }
    command
}

/// Returns the suggestion for a command or flag of ccusage, version 20.
fn tip(word: &str) -> Option<Cow<'static, str>> {
    // clap reports `--mode <MODE>` if the value is missing.
    let word = word.split([' ', '=']).next().unwrap_or(word);
    if let Some(tip) = tip_about_feature(word) {
        return Some(tip.into());
    }
    let tip = match word {
        "daily" | "weekly" | "monthly" | "session" => {
            "the reports are values of `telemetry usage`: telemetry usage daily, weekly, monthly, session or model"
        }
        "blocks" => {
            "blocks of five hours belong to Claude's subscription plans and do not apply to these logs; use \
             `telemetry usage daily` and, for a limit, `telemetry budget --daily 5`"
        }
        "ccusage" => {
            "`--json=ccusage` is a form of `telemetry usage`; every other command has one form, which `--json` writes"
        }
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
    };
    Some(tip.into())
}

/// Returns the suggestion for a command or an option that only a feature has.
fn tip_about_feature(word: &str) -> Option<String> {
    let (what, feature, is_built, instead) = match word {
        "parquet" => ("Parquet", "parquet", cfg!(feature = "parquet"), ""),
        "report" => ("reports", "report", cfg!(feature = "report"), ""),
        "top" => (
            "the live view",
            "top",
            cfg!(feature = "top"),
            ", or use `telemetry status --follow`",
        ),
        "--endpoint" | "--traces-endpoint" | "--logs-endpoint" | "--metrics-endpoint"
        | "--follow" => ("sending", "otlp-send", cfg!(feature = "otlp-send"), ""),
        _ => return None,
    };
    (!is_built).then(|| built_without(what, feature) + instead)
}
