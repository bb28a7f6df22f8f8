//! Servers on loopback: a server that sends fixed bytes to every client, and a server that forwards
//! requests to a proxy and records its answers.

use std::io::{self, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::mpsc::{Sender, channel};
use std::sync::{Arc, Condvar, Mutex, PoisonError};
use std::thread;

use serde_json::json;

use crate::exchange::{Answer, Request, read_request};

/// Starts a server that answers every request with `bytes` and closes the connection. Returns its
/// URL.
///
/// # Panics
///
/// When no port is free.
pub fn answering(bytes: &[u8]) -> String {
    let bytes: Arc<[u8]> = bytes.into();
    serve(move |mut connection| {
        read_request(&mut BufReader::new(connection.try_clone()?))?;
        connection.write_all(&bytes)
    })
}

/// The pieces of a streamed answer, each of which is sent when the test hands it over. Dropping the value completes the
/// answer.
#[derive(Debug)]
pub struct HeldAnswer(Sender<String>);

impl HeldAnswer {
    /// Sends text of the answer.
    ///
    /// # Panics
    ///
    /// When the server has ended.
    pub fn send(&self, text: &str) {
        self.0.send(text.to_owned()).expect("the server listens");
    }
}

/// Starts a server that lists one model and streams one answer piece by piece, as the test hands the pieces over. Returns
/// its URL and the answer.
///
/// # Panics
///
/// When no port is free.
pub fn holding(model: &'static str) -> (String, HeldAnswer) {
    let (sender, pieces) = channel();
    let pieces = Mutex::new(pieces);
    let url = serve(move |mut connection| {
        let mut reader = BufReader::new(connection.try_clone()?);
        while let Some(request) = read_request(&mut reader)? {
            if request.head.starts_with("GET ") {
                let list = json!({ "data": [{ "id": model }] }).to_string();
                let head = "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\n";
                write!(
                    connection,
                    "{head}content-length: {}\r\n\r\n{list}",
                    list.len()
                )?;
                continue;
            }
            let head =
                "HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\nconnection: close\r\n\r\n";
            connection.write_all(head.as_bytes())?;
            let pieces = pieces.lock().unwrap_or_else(PoisonError::into_inner);
            for piece in &*pieces {
                let delta = json!({
                    "id": "chatcmpl-held",
                    "model": model,
                    "choices": [{ "delta": { "content": piece } }],
                });
                write!(connection, "data: {delta}\n\n")?;
            }
            let usage = json!({ "prompt_tokens": 11, "completion_tokens": 7, "total_tokens": 18 });
            let last =
                json!({ "id": "chatcmpl-held", "model": model, "choices": [], "usage": usage });
            return write!(connection, "data: {last}\n\ndata: [DONE]\n\n");
        }
        Ok(())
    });
    (url, HeldAnswer(sender))
}

/// The URL of a port without a listener. No system assigns this port as a free one.
pub const UNREACHABLE: &str = "http://127.0.0.1:1";

/// The answers of a proxy, in their order.
#[derive(Clone, Debug, Default)]
pub struct RecordedAnswers(Arc<(Mutex<Recording>, Condvar)>);

#[derive(Debug, Default)]
struct Recording {
    answers: Vec<Answer>,
    in_progress: usize,
}

impl RecordedAnswers {
    fn change(&self, change: impl FnOnce(&mut Recording)) {
        change(&mut self.0.0.lock().unwrap_or_else(PoisonError::into_inner));
        self.0.1.notify_all();
    }

    /// Returns the answers so far. Waits for the end of answers in progress, because a client may
    /// continue before the last byte of an answer.
    pub fn answers(&self) -> Vec<Answer> {
        let recording = self.0.0.lock().unwrap_or_else(PoisonError::into_inner);
        let recording = self
            .0
            .1
            .wait_while(recording, |recording| recording.in_progress > 0)
            .unwrap_or_else(PoisonError::into_inner);
        recording.answers.clone()
    }
}

/// Starts a server that forwards each request to `base_url` and streams its answer back. Returns
/// the server's URL and the recorded answers.
///
/// # Panics
///
/// When no port is free, or when the base URL is not of the form `http://HOST:PORT`.
pub fn recording(base_url: &str) -> (String, RecordedAnswers) {
    let proxy = base_url.strip_prefix("http://").expect("http").to_owned();
    let recorded = RecordedAnswers::default();
    let recording = recorded.clone();
    let url = serve(move |mut client| {
        let Some(request) = read_request(&mut BufReader::new(client.try_clone()?))? else {
            return Ok(());
        };
        recording.change(|recording| recording.in_progress += 1);
        let answer = forward(&request, &proxy, &mut client);
        recording.change(|recording| {
            recording.in_progress -= 1;
            recording
                .answers
                .extend(answer.as_deref().map(Answer::parse).ok());
        });
        answer.map(drop)
    });
    (url, recorded)
}

fn forward(request: &Request, proxy: &str, client: &mut TcpStream) -> io::Result<Vec<u8>> {
    let mut server = TcpStream::connect(proxy)?;
    // The end of the connection is then the end of the answer, and the client opens another
    // connection.
    write!(server, "{}Connection: close\r\n\r\n", request.head)?;
    server.write_all(&request.body)?;
    let mut answer = Vec::new();
    let mut piece = [0; 4096];
    let mut client_listens = true;
    loop {
        let length = server.read(&mut piece)?;
        if length == 0 {
            return Ok(answer);
        }
        answer.extend_from_slice(&piece[..length]);
        client_listens = client_listens && client.write_all(&piece[..length]).is_ok();
    }
}

/// Starts a server on a free port, with one thread per connection, until the process ends.
fn serve(answer: impl Fn(TcpStream) -> io::Result<()> + Send + Sync + 'static) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
    let address = listener.local_addr().expect("its address");
    let answer = Arc::new(answer);
    thread::spawn(move || {
        for connection in listener.incoming().flatten() {
            let answer = Arc::clone(&answer);
            // A client may close its connection early; that is not a failure of the test.
            thread::spawn(move || answer(connection).ok());
        }
    });
    format!("http://{address}")
}
