//! An axum service between agents and a model: each client has a session, and each request of a client is a turn in it.
//!
//!     cargo run -p telemetry-runtime --features enabled --example axum_service
//!
//! The program sends three requests to its own service and prints the sessions of the two clients:
//!
//! ```text
//! ada: 2 requests in 2 turns, 24 tokens
//! bob: 1 requests in 1 turns, 12 tokens
//! ```

use std::collections::BTreeMap;
use std::error::Error;
use std::sync::{Arc, Mutex, PoisonError};

use axum::Router;
use axum::extract::{Path, State};
use axum::routing::get;
use serde_json::{Value, json};
use telemetry_runtime::{Config, Session, session_usage, telemetry_span};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};

type Sessions = Arc<Mutex<BTreeMap<String, Session>>>;

/// One task of the service belongs to one client: the session is bound to the future, not to the process.
async fn chat(State(sessions): State<Sessions>, Path(client): Path<String>) -> String {
    let session = {
        let mut sessions = sessions.lock().unwrap_or_else(PoisonError::into_inner);
        sessions
            .entry(client)
            .or_insert_with(Session::detached)
            .clone()
    };
    session.in_scope(turn()).await
}

#[telemetry_span("service.turn", root, turn)]
async fn turn() -> String {
    let answer = complete().await;
    answer["choices"][0]["message"]["content"]
        .as_str()
        .unwrap_or_default()
        .to_owned()
}

#[session_usage(model = "gpt-5-mini")]
async fn complete() -> Value {
    let usage = json!({"prompt_tokens": 10, "completion_tokens": 2, "total_tokens": 12});
    json!({"object": "chat.completion", "choices": [{"message": {"content": "Hello."}}], "usage": usage})
}

/// Sends a request and returns the answer with its headers.
async fn ask(address: std::net::SocketAddr, client: &str) -> std::io::Result<String> {
    let mut stream = TcpStream::connect(address).await?;
    let request =
        format!("GET /chat/{client} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n");
    stream.write_all(request.as_bytes()).await?;
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await?;
    Ok(answer)
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn Error>> {
    let home = tempfile::tempdir()?;
    let config = Config::at(home.path()).with_enabled(Some(true));
    let _telemetry = telemetry_runtime::init(config)?;

    let sessions = Sessions::default();
    let routes = Router::new()
        .route("/chat/{client}", get(chat))
        .with_state(sessions.clone());
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    let address = listener.local_addr()?;
    tokio::spawn(async move { axum::serve(listener, routes).await });

    for client in ["ada", "bob", "ada"] {
        assert!(ask(address, client).await?.ends_with("Hello."));
    }
    for (client, session) in &*sessions.lock().unwrap_or_else(PoisonError::into_inner) {
        let snapshot = session.snapshot();
        let (requests, tokens) = (snapshot.totals.answered, snapshot.totals.total_tokens);
        println!(
            "{client}: {requests} requests in {} turns, {tokens} tokens",
            snapshot.turns
        );
    }
    Ok(())
}
