//! Suggestions in usage errors, for users of ccusage among others.

use std::borrow::Cow;
use std::ffi::OsString;
use std::io::Write as _;
use std::process;

use clap::error::{ContextKind, ContextValue, ErrorKind};
use clap::{Command, Error};
use telemetry_schema::nearest::nearest;

use super::features::built_without;
use super::positional;
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
    if error.kind() == ErrorKind::UnknownArgument {
        remove_misleading(&mut error);
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
    let is_command = error.kind() == ErrorKind::InvalidSubcommand;
    let known = words.find_map(|word| {
        let of_command = if is_command {
            tip_about_command(word).map(Cow::Borrowed)
        } else {
            None
        };
        of_command.or_else(|| tip(word))
    });
    let known = known.map(Cow::into_owned);
    if let Some(tip) = known.or_else(|| tip_about_value(&error, &program, arguments)) {
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
            && let Some(similar) = similar_commands(similar)
        {
            tips.push(similar);
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

/// Removes clap's suggestions that do not help: to write an option as a value, which no argument here is meant for, and an option of
/// another name.
fn remove_misleading(error: &mut Error) {
    let text = |kind| match error.get(kind) {
        Some(ContextValue::String(text)) => Some(text.as_str()),
        _ => None,
    };
    let argument = text(ContextKind::InvalidArg);
    let similar = text(ContextKind::SuggestedArg);
    let is_misspelt = argument
        .zip(similar)
        .is_some_and(|(argument, similar)| nearest(argument, [similar]).is_some());
    if !is_misspelt {
        error.remove(ContextKind::SuggestedArg);
    }
    error.remove(ContextKind::Suggested);
}

/// Returns a tip with the commands that are similar to an unknown one. `names` has the most similar one last, as clap sorts them. A
/// command that removes data is suggested only if it is the most similar one.
fn similar_commands(mut names: Vec<String>) -> Option<String> {
    names.reverse();
    let mut first = true;
    names.retain(|name| {
        let is_first = std::mem::take(&mut first);
        is_first || !REMOVING.contains(&name.as_str())
    });
    match names.as_slice() {
        [] => None,
        [name] => Some(format!("a similar command is {name}")),
        names => Some(format!("similar commands are {}", names.join(", "))),
    }
}

/// The commands that remove data.
const REMOVING: [&str; 2] = ["prune", "purge"];

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

/// Returns the suggestion for a value that stands where the command takes none, or another one.
fn tip_about_value(error: &Error, program: &Command, arguments: &[OsString]) -> Option<String> {
    let text = |kind| match error.get(kind) {
        Some(ContextValue::String(text)) => Some(text.as_str()),
        _ => None,
    };
    let argument = text(ContextKind::InvalidArg)?;
    let value = match error.kind() {
        // Of `-20`, clap names `-2`.
        ErrorKind::UnknownArgument => whole_number(argument, arguments).unwrap_or(argument),
        // An argument without an option is `[REPORT]` or `<FILE>`.
        ErrorKind::InvalidValue if !argument.starts_with('-') => text(ContextKind::InvalidValue)?,
        _ => return None,
    };
    positional::tip(named(program, arguments), value)
}

/// Returns the argument that begins with the digit which clap read as an option.
fn whole_number<'a>(option: &str, arguments: &'a [OsString]) -> Option<&'a str> {
    let mut texts = arguments.iter().filter_map(|argument| argument.to_str());
    texts.find(|text| {
        let is_number = |digits: &str| digits.bytes().all(|byte| byte.is_ascii_digit());
        text.starts_with(option) && text.len() > 1 && is_number(&text[1..])
    })
}

/// Returns the suggestion for the name of a report or of a format that is no command.
fn tip_about_command(word: &str) -> Option<&'static str> {
    Some(match word {
        "session" => {
            "`telemetry sessions` lists the sessions, and `telemetry usage session` has the tokens and the cost of each"
        }
        "daily" | "weekly" | "monthly" | "model" | "models" | "project" | "projects" | "user"
        | "users" => {
            "the reports are values of `telemetry usage`: telemetry usage daily, weekly, monthly, session, model, project or user"
        }
        word if word.starts_with("perf") => "Perfetto opens what `telemetry export chrome` writes",
        _ => return None,
    })
}

/// Returns the suggestion for a command or flag of ccusage, version 20.
fn tip(word: &str) -> Option<Cow<'static, str>> {
    // clap reports `--mode <MODE>` if the value is missing.
    let word = word.split([' ', '=']).next().unwrap_or(word);
    if let Some(tip) = tip_about_feature(word) {
        return Some(tip.into());
    }
    let tip = match word {
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
        "--days" | "--from" | "--start" | "--today" | "--yesterday" | "--week" | "--date" => {
            "a period is `--since 7d`, `--since today`, or `--since 2026-11-01 --until 2026-11-14`"
        }
        "--to" | "--end" => "the end of a period is `--until 2026-11-14`",
        "--user" | "--model" => {
            "`telemetry usage user` and `telemetry usage model` have a row for each of them"
        }
        "--group-by" | "--group" => "the grouping is `telemetry usage --by model`",
        "--sort" => "`--order asc` and `--order desc` reverse the order",
        "--csv" => "`telemetry export csv -o FILE` writes CSV; `--of usage` has the requests",
        "--html" => "`telemetry report -o FILE` writes a page of HTML",
        "--config" => {
            "this program has no options file; `--home DIR` names the directory of the host's config.toml"
        }
        "--project" | "-p" | "--instances" => {
            "`telemetry usage project` has a row for each project that the host names for its sessions; `-i ID` selects one session"
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
