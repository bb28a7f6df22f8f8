//! A server on the loopback interface that sends recorded LiteLLM answers over HTTP. It needs no proxy and
//! no network.

mod recordings;

use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use serde_json::Value;
use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader};
use tokio::net::{TcpListener, TcpStream};

use recordings::{OTHER, OTHER_MODEL, RECORDINGS, Recording};

/// The size of the pieces of a stream, in bytes. It splits events as a network does.
const PIECE: usize = 300;

/// The limit of a request in bytes. Requests of the demo are much shorter.
const LONGEST_REQUEST: u64 = 1 << 20;

/// How fast the server sends a stream.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Pace {
    /// As fast as the client reads.
    Immediate,
    /// With a pause after each piece, so that a person sees the answer arrive.
    Visible,
}

impl Pace {
    async fn pause(self) {
        if self == Self::Visible {
            tokio::time::sleep(Duration::from_millis(30)).await;
        }
    }
}

/// Starts the server on a free port of 127.0.0.1 and returns its base URL. The server runs until the tokio
/// runtime ends.
pub(crate) async fn serve(pace: Pace) -> io::Result<String> {
    let listener = TcpListener::bind(("127.0.0.1", 0)).await?;
    let base_url = format!("http://{}", listener.local_addr()?);
    let server = Arc::new(Server::new(pace));
    tokio::spawn(async move {
        while let Ok((connection, _)) = listener.accept().await {
            let server = Arc::clone(&server);
            // A closed connection ends only its own task.
            tokio::spawn(async move { server.converse(connection).await.ok() });
        }
    });
    Ok(base_url)
}

struct Server {
    pace: Pace,
    /// The number of requests for each series of [`RECORDINGS`].
    asked: [AtomicUsize; RECORDINGS.len()],
    /// The number of answers so far.
    answers: AtomicUsize,
    /// Distinguishes the request ids of this run from those of other runs.
    run: String,
}

impl Server {
    fn new(pace: Pace) -> Self {
        let since = SystemTime::now()
            .duration_since(UNIX_EPOCH)
            .unwrap_or_default();
        Self {
            pace,
            asked: [const { AtomicUsize::new(0) }; RECORDINGS.len()],
            answers: AtomicUsize::new(0),
            run: format!("{:x}-{:x}", since.as_nanos(), std::process::id()),
        }
    }

    async fn converse(&self, connection: TcpStream) -> io::Result<()> {
        // Otherwise each small write waits until the client acknowledges the previous one.
        connection.set_nodelay(true)?;
        let mut connection = BufReader::new(connection);
        while let Some((path, body)) = read_request(&mut connection).await? {
            let recording = self.find(&path, &body);
            let text = self.text(recording, &body);
            self.answer(connection.get_mut(), recording, &text).await?;
        }
        Ok(())
    }

    /// Returns the next answer to a request. The last answer of a series is repeated.
    fn find(&self, path: &str, body: &Value) -> &'static Recording {
        let model = body["model"].as_str().unwrap_or_default();
        let stream = body["stream"].as_bool().unwrap_or(false);
        let found = RECORDINGS.iter().zip(&self.asked).find(|(series, _)| {
            series.path == path && series.model == model && series.stream == stream
        });
        found.map_or(&OTHER, |(series, asked)| {
            let turn = asked
                .fetch_add(1, Ordering::Relaxed)
                .min(series.answers.len() - 1);
            series.answers[turn]
        })
    }

    /// Returns the body of an answer to a request. An error names the model of the request.
    fn text(&self, recording: &Recording, body: &Value) -> String {
        let model = body["model"].as_str().unwrap_or_default();
        self.with_own_id(recording.body).replace(OTHER_MODEL, model)
    }

    async fn answer(
        &self,
        out: &mut TcpStream,
        recording: &Recording,
        body: &str,
    ) -> io::Result<()> {
        let mut head = format!("{}\r\n", recording.status_line());
        for (name, value) in recording.headers() {
            head.extend([name, ": ", value, "\r\n"]);
        }
        if recording.is_stream() {
            head.push_str("transfer-encoding: chunked\r\n\r\n");
            out.write_all(head.as_bytes()).await?;
            for piece in body.as_bytes().chunks(PIECE) {
                out.write_all(format!("{:x}\r\n", piece.len()).as_bytes())
                    .await?;
                out.write_all(piece).await?;
                out.write_all(b"\r\n").await?;
                self.pace.pause().await;
            }
            out.write_all(b"0\r\n\r\n").await?;
        } else {
            let length = body.len().to_string();
            head.extend(["content-length: ", &length, "\r\n\r\n"]);
            out.write_all(head.as_bytes()).await?;
            out.write_all(body.as_bytes()).await?;
        }
        out.flush().await
    }

    /// Replaces the id of an answer. The stand-in behind the recorded proxy used one id for all answers, but
    /// telemetry takes two records with one id for one request, as providers give each answer its own id.
    fn with_own_id(&self, body: &str) -> String {
        let number = self.answers.fetch_add(1, Ordering::Relaxed);
        for prefix in ["chatcmpl-", "resp_"] {
            let marked = format!("\"id\":\"{prefix}");
            if let Some(at) = body.find(&marked) {
                let rest = &body[at + "\"id\":\"".len()..];
                let recorded = &rest[..rest.find('"').unwrap_or(rest.len())];
                return body.replace(recorded, &format!("{prefix}{}-{number}", self.run));
            }
        }
        body.to_owned()
    }
}

/// Reads a request and returns its path and body, or `None` at the end of the connection.
async fn read_request(
    connection: &mut BufReader<TcpStream>,
) -> io::Result<Option<(String, Value)>> {
    let mut connection = connection.take(LONGEST_REQUEST);
    let mut line = String::new();
    if connection.read_line(&mut line).await? == 0 {
        return Ok(None);
    }
    let path = line.split(' ').nth(1).unwrap_or_default().to_owned();
    let mut length = 0;
    loop {
        let mut header = String::new();
        connection.read_line(&mut header).await?;
        let Some((name, value)) = header.split_once(':') else {
            break;
        };
        if name.eq_ignore_ascii_case("content-length") {
            length = value.trim().parse().map_err(io::Error::other)?;
        }
    }
    let mut body = Vec::new();
    connection.take(length).read_to_end(&mut body).await?;
    Ok(Some((
        path,
        serde_json::from_slice(&body).unwrap_or_default(),
    )))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_answer_has_a_different_id() {
        let server = Server::new(Pace::Immediate);
        for series in &RECORDINGS {
            for recording in series.answers.iter().filter(|answer| answer.succeeds()) {
                let ids = |body: &str| body.match_indices(&server.run).count();
                let (one, other) = (
                    server.with_own_id(recording.body),
                    server.with_own_id(recording.body),
                );
                if series.path != "/v1/models" {
                    assert_ne!(one, other, "{}", series.model);
                    assert!(ids(&one) > 0, "{}", series.model);
                }
            }
        }
    }

    #[test]
    fn the_last_answer_of_a_series_is_repeated() {
        let server = Server::new(Pace::Immediate);
        let body = serde_json::json!({ "model": "gpt-4o-mini" });
        let statuses: Vec<_> = (0..4)
            .map(|_| server.find("/v1/chat/completions", &body).succeeds())
            .collect();
        assert_eq!(statuses, [true, false, true, true]);
    }

    #[test]
    fn an_unknown_model_is_an_error() {
        let server = Server::new(Pace::Immediate);
        let body = serde_json::json!({ "model": "nobody" });
        let recording = server.find("/v1/chat/completions", &body);
        assert_eq!(recording.status_line(), "HTTP/1.1 400 Bad Request");
        let text = server.text(recording, &body);
        assert!(text.contains("model=nobody"), "{text}");
        assert!(!text.contains(OTHER_MODEL), "{text}");
    }

    #[test]
    fn the_first_model_has_plain_and_streamed_answers() {
        let server = Server::new(Pace::Immediate);
        for stream in [false, true] {
            let body = serde_json::json!({ "model": "gpt-4o-mini", "stream": stream });
            let recording = server.find("/v1/chat/completions", &body);
            assert!(recording.succeeds());
            assert_eq!(recording.is_stream(), stream);
        }
    }
}
