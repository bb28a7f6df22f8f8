//! The arguments of the process in the order in which clap understands all of them.

use std::ffi::OsString;

/// Returns the arguments with `COMMAND --help` in place of `help COMMAND`.
pub(super) fn with_help_option(mut arguments: Vec<OsString>) -> Vec<OsString> {
    // Only options of all commands precede a command, and only `--home` has a value in an argument of its own.
    let mut at = 1;
    while let Some(argument) = arguments.get(at) {
        match argument.to_str() {
            Some("--home") => at += 2,
            Some(option) if option.starts_with('-') => at += 1,
            Some("help") => {
                arguments.remove(at);
                arguments.push("--help".into());
                break;
            }
            _ => break,
        }
    }
    arguments
}

/// Moves each `--home` before a command to the next one behind it: clap drops the values of an option before a command if the option
/// also stands behind it.
pub(super) fn with_all_homes(mut arguments: Vec<OsString>) -> Vec<OsString> {
    let is_home = |argument: &OsString| {
        let text = argument.to_string_lossy();
        text == "--home" || text.starts_with("--home=")
    };
    let (mut at, mut moved) = (1, Vec::new());
    while let Some(argument) = arguments.get(at) {
        if is_home(argument) {
            let len = if argument == "--home" { 2 } else { 1 };
            moved.push(at..arguments.len().min(at + len));
            at += len;
        } else if argument.to_string_lossy().starts_with('-') {
            at += 1;
        } else {
            break;
        }
    }
    let behind = arguments.iter().skip(at);
    let mut options = behind.take_while(|argument| *argument != "--");
    let Some(next) = options.position(is_home) else {
        return arguments;
    };
    let mut homes: Vec<OsString> = Vec::new();
    for range in moved.into_iter().rev() {
        homes.splice(0..0, arguments.drain(range));
    }
    let next = at - homes.len() + next;
    arguments.splice(next..next, homes);
    arguments
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn homes_before_and_behind_a_command_stand_together() {
        for (given, expected) in [
            ("t --home a usage", "t --home a usage"),
            ("t usage --home a", "t usage --home a"),
            ("t --home a usage --home b", "t usage --home a --home b"),
            (
                "t -q --home=a --home b usage daily --json --home=c d",
                "t -q usage daily --json --home=a --home b --home=c d",
            ),
            ("t --home a usage -- --home", "t --home a usage -- --home"),
            ("t --home", "t --home"),
            ("t", "t"),
        ] {
            let arguments = given.split(' ').map(OsString::from).collect();
            let arranged = with_all_homes(arguments).join(" ".as_ref());
            assert_eq!(arranged, expected);
        }
    }
}
