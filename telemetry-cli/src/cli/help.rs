//! The texts below the options of a help page: paragraphs and examples, wrapped to the width of the page.

use clap::Command;

use crate::terminal::{columns, wrapped};

/// The indentation of the lines that belong to the example above them. An example has an indentation of two.
const HANGING: usize = 6;
/// The spaces that separate a command from its explanation, at least.
const GAP: &str = "  ";

/// Returns a command whose texts below the options have lines of at most `width` columns, and those of its subcommands. clap would
/// break an example at the margin, where its rest looks like another command.
pub(super) fn with_wrapped_examples(mut command: Command, width: usize) -> Command {
    if let Some(text) = command.get_after_help().map(ToString::to_string) {
        command = command.after_help(wrapped_text(&text, width));
    }
    let names = command.get_subcommands().map(Command::get_name);
    let names: Vec<String> = names.map(str::to_owned).collect();
    for name in names {
        command = command.mut_subcommand(name, |command| with_wrapped_examples(command, width));
    }
    command
}

/// Returns a text of paragraphs and of examples, which are indented, in lines of at most `width` columns.
fn wrapped_text(text: &str, width: usize) -> String {
    let mut lines: Vec<String> = Vec::new();
    let mut paragraph = String::new();
    for line in text.lines() {
        let is_example = line.starts_with(' ');
        if (is_example || line.is_empty()) && !paragraph.is_empty() {
            lines.push(wrapped(&std::mem::take(&mut paragraph), width, 0, 0));
        }
        if is_example {
            lines.push(example(line, width));
        } else if line.is_empty() {
            lines.push(String::new());
        } else {
            if !paragraph.is_empty() {
                paragraph.push(' ');
            }
            paragraph.push_str(line);
        }
    }
    if !paragraph.is_empty() {
        lines.push(wrapped(&paragraph, width, 0, 0));
    }
    lines.join("\n")
}

/// Returns an example, whose explanation moves below its command as a comment where they have no room in one line.
fn example(line: &str, width: usize) -> String {
    if columns(line) <= width {
        return line.to_owned();
    }
    let command = line.trim_start();
    let indent = line.len() - command.len();
    let (command, explanation) = command.split_once(GAP).unwrap_or((command, ""));
    // `wrapped` would indent the further lines of an indented text by two more.
    let mut example = " ".repeat(indent) + &wrapped(command, width, indent, HANGING);
    let explanation = explanation.trim_start();
    if !explanation.is_empty() {
        let comment = format!("# {explanation}");
        let comment = wrapped(&comment, width, HANGING, HANGING + 2);
        example.push('\n');
        example.push_str(&" ".repeat(HANGING));
        example.push_str(&comment);
    }
    example
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_rest_of_an_example_is_below_its_command() {
        let text = "The first sentence of a paragraph,\nand the second one.\n\nExamples:\n  telemetry a\n  \
                    telemetry spans --top --name 'model.*'    totals by name, over all sessions";
        assert_eq!(
            wrapped_text(text, 80),
            "The first sentence of a paragraph, and the second one.\n\nExamples:\n  telemetry a\n  telemetry spans --top --name 'model.*'    totals by name, over all sessions"
        );
        assert_eq!(
            wrapped_text(text, 30),
            "The first sentence of a\nparagraph, and the second one.\n\nExamples:\n  telemetry a\n  telemetry spans --top --name\n      'model.*'\n      # totals by name, over\n        all sessions"
        );
    }
}
