#![deny(warnings)]
use std::future::Future;

use futures_util::FutureExt;
use telemetry_runtime::telemetry_span;

#[derive(Debug)]
enum Builtin {
    Shell,
}

struct Tool {
    name: String,
    agent: Option<String>,
}

impl Tool {
    #[telemetry_span("tool.run", operation = "execute_tool", tool = self.name, agent = self.agent, fields(bytes = input.len()), err)]
    fn run(&mut self, input: &str) -> Result<String, String> {
        (!input.is_empty()).then(|| input.to_owned()).ok_or_else(String::new)
    }

    #[telemetry_span("tool.spawn", tool = %self.name.to_uppercase(), operation = "execute_tool", level = "debug")]
    async fn spawn(&self) -> usize {
        self.name.len()
    }
}

#[telemetry_span("tool.builtin", operation = "execute_tool", tool = ?tool)]
fn builtin(tool: Builtin) -> Builtin {
    tool
}

#[telemetry_span("tool.later", operation = "execute_tool", tool = name, root, future)]
fn later<'a>(name: &'a str) -> impl Future<Output = usize> + use<'a> {
    async move { name.len() }
}

fn main() {
    let mut tool = Tool { name: "shell".to_owned(), agent: None };
    assert_eq!(tool.run("ls").as_deref(), Ok("ls"));
    assert_eq!(tool.spawn().now_or_never(), Some(5));
    assert!(matches!(builtin(Builtin::Shell), Builtin::Shell));
    assert_eq!(later("shell").now_or_never(), Some(5));
}
