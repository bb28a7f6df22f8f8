//! The optional features of this binary, in errors and in examples of the help.

/// Returns the message about something that this binary was built without, with the command that builds a binary with it.
pub(super) fn built_without(what: &str, feature: &str) -> String {
    format!(
        "this binary was built without {what}; install it with `cargo install --path telemetry-cli --features {feature}` in the \
         directory of its source code"
    )
}

/// Returns the examples that this binary can run, each a line: those whose feature it has.
pub(super) fn examples(lines: &[(&str, bool)]) -> String {
    let runnable = lines.iter().filter(|(_, is_built)| *is_built);
    let lines: Vec<&str> = runnable.map(|(line, _)| *line).collect();
    lines.join("\n")
}
