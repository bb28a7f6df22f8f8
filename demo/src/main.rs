//! A small LLM agent whose functions are annotated with telemetry-runtime: onboarding, a chat widget, a model client
//! over HTTP, exec mode and `/status`.
//!
//! `cargo run` opens a chat in a terminal. In a pipe, with `TERM=dumb` or with `--script` it plays a conversation and
//! then shows the telemetry of that run. Without `LITELLM_BASE_URL` both use recorded LiteLLM answers. Exit codes: 0 if
//! all turns were answered or the user ended the chat, 1 if a turn was not answered, 2 for invalid arguments, 128 and
//! the number of a signal that ended the chat.

mod agent;
mod app;
mod chatwidget;
mod choices;
mod cli;
mod client;
mod display;
mod exec;
mod history;
mod home;
mod line;
mod live_pane;
mod model_selection;
mod onboarding;
mod popup;
mod recorded;
mod script;
mod settings;
mod spans;
mod status;
mod telemetry;
mod terminal;

use std::cell::RefCell;
use std::env;
use std::io::{self, IsTerminal};
use std::path::Path;
use std::process::ExitCode;
use std::rc::Rc;

use clap::Parser;
use telemetry_runtime::{Config, Session, Telemetry};

use agent::{Agent, TurnError, TurnOptions};
use app::{App, AppEnd};
use chatwidget::PlainChat;
use cli::Cli;
use client::Api;
use history::History;
use onboarding::Onboarded;
use settings::Settings;
use telemetry::Running;

const NO_ANSWER: u8 = 1;
const INVALID: u8 = 2;
/// Shells report a process that a signal ended with this number and the number of the signal.
const SIGNAL: u8 = 128;

#[tokio::main(flavor = "current_thread")]
async fn main() -> ExitCode {
    let cli = Cli::parse();
    let home = home::find();
    let config = Config::load_or_default(&home, cli.telemetry.choice())
        .with_app(env!("CARGO_PKG_NAME"), env!("CARGO_PKG_VERSION"));
    let opens_chat = opens_chat(&cli);
    let running = Running::start(config);
    if let Some(warning) = cli.ignored_setup(opens_chat) {
        eprintln!("demo: {warning}");
    }
    // The user interface shows them itself.
    if !opens_chat {
        for warning in running.warnings() {
            eprintln!("demo: {warning}");
        }
    }
    let code = match start_session(&cli) {
        Err(error) => fail(INVALID, &error),
        Ok(session) if opens_chat => chat(&cli, &running, session, &home).await,
        Ok(session) => converse(&cli, &running, session).await,
    };
    if let Some(complaint) = running.complaint() {
        eprintln!("demo: {complaint}");
    }
    code
}

/// Returns whether the user interface opens: a person is at a terminal that can show it, and wants no plain output.
fn opens_chat(cli: &Cli) -> bool {
    let wants_lines = cli.script || cli.exec().is_some();
    let can_show = io::stdin().is_terminal()
        && io::stdout().is_terminal()
        && env::var_os("TERM").is_some_and(|term| term != "dumb" && !term.is_empty());
    !wants_lines && can_show
}

fn fail(code: u8, error: &dyn std::fmt::Display) -> ExitCode {
    eprintln!("demo: {error}");
    ExitCode::from(code)
}

fn start_session(cli: &Cli) -> Result<Session, telemetry_runtime::ResumeError> {
    match &cli.options.resume {
        Some(id) => Session::find(id).and_then(Session::resume),
        None => Ok(Session::start()),
    }
}

/// Opens the user interface. Prints after its end how to resume the session.
async fn chat(cli: &Cli, running: &Running, session: Session, home: &Path) -> ExitCode {
    let settings = Settings::in_home(home);
    let mut app = App::new(cli.options.clone(), settings, running, session);
    app.start(cli.setup);
    let end = match app.run().await {
        Ok(end) => end,
        Err(error) => return fail(NO_ANSWER, &format!("cannot use the terminal: {error}")),
    };
    match end {
        AppEnd::Quit => {
            if let Some(session) = app.resumable() {
                // Cargo sets the variable for the programs that it runs.
                let program = match env::var_os("CARGO_MANIFEST_DIR") {
                    Some(_) => "cargo run --",
                    None => "demo",
                };
                println!(
                    "To continue this session: {program} --resume {}",
                    session.id()
                );
            }
            ExitCode::SUCCESS
        }
        AppEnd::Signal(number) => ExitCode::from(SIGNAL.saturating_add(number)),
        AppEnd::Closed => ExitCode::from(NO_ANSWER),
    }
}

async fn converse(cli: &Cli, running: &Running, session: Session) -> ExitCode {
    let onboarded = match onboarding::run(&cli.options).await {
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
    let exec = cli.exec();
    let chat = if exec.is_some() {
        PlainChat::exec(&model)
    } else {
        PlainChat::chat(&model)
    };
    let agent = Agent {
        client,
        display: Rc::new(RefCell::new(chat)),
        history: RefCell::new(History::default()),
        tui_log: RefCell::new(running.telemetry().map(Telemetry::tui_log)),
    };
    if let Some(exec) = exec {
        let options = TurnOptions {
            model,
            effort: cli.options.effort.clone(),
            api: if cli.options.responses {
                Api::Responses
            } else {
                Api::Chat
            },
            stream: exec.stream,
        };
        return exec::run(&agent, &exec.prompts, &options).await;
    }
    agent.display.borrow_mut().draw_header(endpoint.name())?;
    let real_model = (!endpoint.is_recorded()).then_some(model);
    let mismatches = script::play(&agent, real_model.as_deref()).await?;
    agent.status()?;
    Ok(mismatches)
}
