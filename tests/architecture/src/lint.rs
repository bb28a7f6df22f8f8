//! Attributes that disable lints.

use crate::workspace::Workspace;

/// Returns a message for each `#[allow]`, and for each `#[expect]` without a reason.
pub fn lint_exceptions(workspace: &Workspace) -> Vec<String> {
    let modules = workspace.crates.iter().flat_map(|checked| &checked.modules);
    let mut messages = Vec::new();
    for module in modules {
        for exception in &module.contents.lint_exceptions {
            messages.push(format!(
                "{}:{}: found `{}`; expected `#[expect(…, reason = \"…\")]`, which rustc reports when \
                 it is no longer needed",
                module.file, exception.line, exception.attribute
            ));
        }
    }
    messages
}
