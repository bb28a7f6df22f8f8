//! A small LLM agent whose functions are annotated with telemetry-runtime: onboarding, a chat
//! widget, a model client over HTTP, exec mode and `/status`.
//!
//! `cargo run` plays a conversation against recorded LiteLLM answers and then shows the telemetry of
//! that run. Exit codes: 0 if all turns were answered, 1 if a turn was not, 2 for invalid arguments.

mod agent;
mod chat_widget;
mod cli;
mod client;
mod exec;
mod history;
mod home;
mod model_selection;
mod onboarding;
mod recorded;
mod script;
mod span_tree;
mod telemetry;

use std::io;
use std::process::ExitCode;

use clap::Parser;
use telemetry_runtime::{Config, Session, Telemetry};

use agent::{Agent, TurnError, TurnOptions};
use chat_widget::ChatWidget;
use cli::Cli;
use client::Api;
use history::History;
use onboarding::Onboarded;
use telemetry::Running;

const NO_ANSWER: u8 = 1;
const INVALID: u8 = 2;

#[tokio::main(flavor = "current_thread")]
async fn main() -> ExitCode {
    let cli = Cli::parse();
    let config = Config::load_or_default(&home::find(), cli.telemetry.choice())
        .with_app(env!("CARGO_PKG_NAME"), env!("CARGO_PKG_VERSION"));
    for warning in config.warnings() {
        eprintln!("demo: {warning}");
    }
    let running = Running::start(config);
    let code = converse(&cli, &running).await;
    if let Some(complaint) = running.complaint() {
        eprintln!("demo: {complaint}");
    }
    code
}

fn fail(code: u8, error: &dyn std::fmt::Display) -> ExitCode {
    eprintln!("demo: {error}");
    ExitCode::from(code)
}

async fn converse(cli: &Cli, running: &Running) -> ExitCode {
    let session = match &cli.resume {
        Some(id) => Session::find(id).and_then(Session::resume),
        None => Ok(Session::start()),
    };
    let session = match session {
        Ok(session) => session,
        Err(error) => return fail(INVALID, &error),
    };
    let onboarded = match onboarding::run(cli).await {
        Ok(onboarded) => onboarded,
        Err(error) if error.is_answer() => return fail(NO_ANSWER, &error),
        Err(error) => return fail(INVALID, &error),
    };
    let outcome = talk(cli, running, onboarded).await;
    let shown = running.show(&session, &mut io::stdout().lock());
    match (outcome, shown) {
        (Ok(0), Ok(())) => ExitCode::SUCCESS,
        (Ok(_), Ok(())) => ExitCode::from(NO_ANSWER),
        (Err(error), _) => fail(NO_ANSWER, &error),
        (_, Err(error)) => fail(NO_ANSWER, &error),
    }
}

/// Runs the turns and returns the number of turns with an unexpected result.
async fn talk(cli: &Cli, running: &Running, onboarded: Onboarded) -> Result<u32, TurnError> {
    let Onboarded {
        endpoint,
        client,
        model,
    } = onboarded;
    let exec = !cli.exec.is_empty();
    let widget = if exec {
        ChatWidget::exec(&model)
    } else {
        ChatWidget::chat(&model)
    };
    let tui_log = running.telemetry().map(Telemetry::tui_log);
    let mut agent = Agent {
        client,
        widget,
        history: History::default(),
        tui_log,
    };
    if exec {
        let options = TurnOptions {
            model,
            effort: cli.effort.clone(),
            api: if cli.responses {
                Api::Responses
            } else {
                Api::Chat
            },
            stream: cli.stream,
        };
        return exec::run(&mut agent, &cli.exec, &options).await;
    }
    agent.widget.draw_header(endpoint.name())?;
    let real_model = (!endpoint.is_recorded()).then_some(model);
    let mismatches = script::play(&mut agent, real_model.as_deref()).await?;
    agent.status()?;
    Ok(mismatches)
}
