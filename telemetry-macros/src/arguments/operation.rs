//! The options `operation`, `tool` and `agent` of `#[telemetry_span]`.

use proc_macro2::{Ident, Span};
use quote::ToTokens as _;
use syn::parse::ParseStream;
use telemetry_schema::gen_ai::{EXECUTE_TOOL, INVOKE_AGENT};
use telemetry_schema::nearest::nearest;

use super::shown::shown;
use super::slot::Slot;
use super::text::{self, Text};
use super::{expression, separator, wrong_sigil};
use crate::ctxt::Ctxt;

/// The options that this module reads.
pub(super) const OPTIONS: [&str; 3] = ["operation", "tool", "agent"];

const OPERATIONS: [&str; 2] = [EXECUTE_TOOL, INVOKE_AGENT];

/// An operation of an agent, in the words of the conventions for generative AI.
pub(crate) struct Operation {
    /// The place of the option.
    pub(crate) at: Span,
    pub(crate) name: &'static str,
    /// The names of the tool and of the agent, with their keys.
    pub(crate) names: Vec<(&'static str, Text)>,
}

/// The options as written, each at most once.
pub(super) struct OperationArguments {
    /// `None` inside of the slot after an error.
    operation: Slot<(Span, Option<&'static str>)>,
    tool: Slot<(Span, Option<Text>)>,
    agent: Slot<(Span, Option<Text>)>,
}

impl OperationArguments {
    pub(super) const fn new() -> Self {
        Self {
            operation: Slot::new("operation"),
            tool: Slot::new("tool"),
            agent: Slot::new("agent"),
        }
    }

    /// Notes the option of `%tool` or `?agent = …`, whose error is reported by the caller.
    pub(super) fn expect_behind_sigil(&mut self, input: ParseStream<'_>, ctxt: &mut Ctxt) {
        if wrong_sigil::sigil_at(input).is_none() {
            return;
        }
        for (word, slot) in [("tool", &mut self.tool), ("agent", &mut self.agent)] {
            if separator::rest(input)
                .into_iter()
                .nth(1)
                .is_some_and(|next| next.to_string() == word)
            {
                slot.set(ctxt, input.span(), (input.span(), None));
            }
        }
    }

    /// Reads one of [`OPTIONS`].
    pub(super) fn read(
        &mut self,
        input: ParseStream<'_>,
        option: &Ident,
        ctxt: &mut Ctxt,
    ) -> syn::Result<()> {
        let at = option.span();
        if option == "operation" {
            let found = operation(input, option);
            self.operation
                .set(ctxt, at, (at, found.as_ref().ok().copied()));
            return found.map(drop);
        }
        let slot = if option == "tool" {
            &mut self.tool
        } else {
            &mut self.agent
        };
        match text::read(input, option) {
            Ok(name) => slot.set(ctxt, at, (at, Some(name))),
            Err(error) => {
                slot.set(ctxt, at, (at, None));
                return Err(error);
            }
        }
        Ok(())
    }

    /// Checks the options against each other.
    pub(super) fn finish(self, ctxt: &mut Ctxt) -> Option<Operation> {
        let (tool, agent) = (self.tool.take(), self.agent.take());
        let Some((at, operation)) = self.operation.take() else {
            if let Some((at, _)) = tool {
                ctxt.error(
                    at,
                    "`tool` names the tool of a tool call: add `operation = \"execute_tool\"`, or record a field with \
                     `fields(tool = …)`",
                );
            }
            if let Some((at, _)) = agent {
                ctxt.error(
                    at,
                    "`agent` names the agent of an operation: add `operation = \"invoke_agent\"`, or record a field with \
                     `fields(agent = …)`",
                );
            }
            return None;
        };
        let name = operation?;
        match (name, &tool) {
            (EXECUTE_TOOL, None) => ctxt.error(
                at,
                "a tool call needs the name of its tool: add `tool = expr`, such as `tool = \"shell\"`",
            ),
            (EXECUTE_TOOL, Some(_)) | (_, None) => {}
            (_, Some((at, _))) => ctxt.error(
                *at,
                format_args!(
                    "`tool` is for a tool call, and the operation is \"{name}\": remove `tool`, or write \
                     `operation = \"execute_tool\"`"
                ),
            ),
        }
        let names = [("tool", tool), ("agent", agent)];
        Some(Operation {
            at,
            name,
            names: names
                .into_iter()
                .filter_map(|(key, name)| Some((key, name?.1?)))
                .collect(),
        })
    }
}

/// Reads `operation = "…"`.
fn operation(input: ParseStream<'_>, option: &Ident) -> syn::Result<&'static str> {
    super::equals(input, option, "operation = \"execute_tool\"")?;
    let found: syn::Expr = input.parse()?;
    let (word, is_text) = match expression::inside(&found) {
        syn::Expr::Lit(syn::ExprLit {
            lit: syn::Lit::Str(text),
            ..
        }) => (text.value(), true),
        syn::Expr::Path(path) => {
            let last = path.path.segments.last();
            (
                last.map_or_else(String::new, |last| last.ident.to_string()),
                false,
            )
        }
        _ => (String::new(), false),
    };
    let known = OPERATIONS.into_iter().find(|name| *name == word);
    if let Some(name) = known.filter(|_| is_text) {
        return Ok(name);
    }
    let suggestion = if word == telemetry_schema::gen_ai::CHAT {
        "a request to a model is recorded by `#[session_usage]`".to_owned()
    } else {
        let meant = nearest(&word, OPERATIONS).unwrap_or(EXECUTE_TOOL);
        format!("write `operation = \"{meant}\"`")
    };
    let message = format!(
        "invalid operation `{}`: expected {}, a string literal: {suggestion}",
        shown(found.to_token_stream()),
        OPERATIONS.map(|name| format!("\"{name}\"")).join(" or ")
    );
    Err(syn::Error::new_spanned(found, message))
}
