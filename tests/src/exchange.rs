//! HTTP/1.1 requests and answers, to the extent that tests read them.

use std::io::{self, BufRead};

use serde_json::Value;

/// A received request.
#[derive(Debug)]
pub struct Request {
    /// The request line and the headers, without the blank line.
    pub head: String,
    /// The body.
    pub body: Vec<u8>,
}

/// Reads a request. Returns `None` when the client closed the connection.
///
/// # Errors
///
/// When the connection breaks within the request.
pub fn read_request(from: &mut impl BufRead) -> io::Result<Option<Request>> {
    let mut head = String::new();
    let mut length = 0;
    loop {
        let mut line = String::new();
        if from.read_line(&mut line)? == 0 {
            return Ok(None);
        }
        if line.trim_end().is_empty() {
            break;
        }
        if let Some(value) = header_value(&line, "content-length") {
            length = value.parse().map_err(io::Error::other)?;
        }
        head.push_str(&line);
    }
    let mut body = vec![0; length];
    from.read_exact(&mut body)?;
    Ok(Some(Request { head, body }))
}

fn header_value<'a>(line: &'a str, name: &str) -> Option<&'a str> {
    let (found, value) = line.split_once(':')?;
    found.eq_ignore_ascii_case(name).then(|| value.trim())
}

/// An answer of a proxy.
#[derive(Clone, Debug)]
pub struct Answer {
    /// The status code.
    pub status: u16,
    head: String,
    /// The body, with its chunks joined.
    pub body: String,
}

impl Answer {
    /// Parses a complete answer.
    ///
    /// # Panics
    ///
    /// When the bytes are not an HTTP answer.
    pub fn parse(bytes: &[u8]) -> Self {
        let text = String::from_utf8_lossy(bytes);
        let (head, body) = text.split_once("\r\n\r\n").expect("a head and a body");
        let status = head
            .split(' ')
            .nth(1)
            .and_then(|status| status.parse().ok());
        let mut answer = Self {
            status: status.expect("a status"),
            head: head.to_owned(),
            body: body.to_owned(),
        };
        if answer.header("transfer-encoding") == Some("chunked") {
            answer.body = join_chunks(body);
        }
        answer
    }

    /// Returns the value of a header.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.head.lines().find_map(|line| header_value(line, name))
    }

    /// Returns the JSON of a plain answer, or the data of each event of a stream.
    ///
    /// # Panics
    ///
    /// When the body is neither.
    pub fn events(&self) -> Vec<Value> {
        if !self.body.starts_with("data:") {
            return vec![serde_json::from_str(&self.body).expect("JSON")];
        }
        self.body
            .lines()
            .filter_map(|line| line.strip_prefix("data: "))
            .filter(|data| *data != "[DONE]")
            .map(|data| serde_json::from_str(data).expect("JSON in an event"))
            .collect()
    }

    /// Returns the `usage` of the answer, of its last chunk, or of its `response.completed`.
    pub fn usage(&self) -> Option<Value> {
        self.events().iter().rev().find_map(|event| {
            let usage = event
                .get("usage")
                .or_else(|| event["response"].get("usage"));
            usage.filter(|usage| usage.is_object()).cloned()
        })
    }

    /// Returns the provider's id of the request.
    ///
    /// # Panics
    ///
    /// When the answer has no id.
    pub fn id(&self) -> String {
        let events = self.events();
        let last = events
            .iter()
            .rev()
            .find_map(|event| event.get("id").or_else(|| event["response"].get("id")));
        last.and_then(Value::as_str).expect("an id").to_owned()
    }

    /// Returns the cost in nano-dollars, from the body or else from the header.
    pub fn cost_nanos(&self) -> Option<i64> {
        let body = self.usage().and_then(|usage| usage["cost"].as_f64());
        let header = || self.header("x-litellm-response-cost")?.parse().ok();
        body.or_else(header).map(nanos)
    }
}

/// Rounds dollars to the nearest nano-dollar.
#[expect(
    clippy::cast_possible_truncation,
    reason = "costs of requests are far below 2^63 nano-dollars"
)]
pub fn nanos(dollars: f64) -> i64 {
    (dollars * 1e9).round() as i64
}

fn join_chunks(mut chunked: &str) -> String {
    let mut body = String::new();
    while let Some((size, rest)) = chunked.split_once("\r\n") {
        let size = usize::from_str_radix(size.trim(), 16).expect("the size of a chunk");
        let (chunk, rest) = rest.split_at(size);
        body.push_str(chunk);
        chunked = rest.strip_prefix("\r\n").unwrap_or(rest);
        if size == 0 {
            break;
        }
    }
    body
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn chunks_of_a_stream_are_joined() {
        let answer = Answer::parse(
            b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n8\r\ndata: {}\r\n2\r\n\n\n\r\n0\r\n\r\n",
        );
        assert_eq!(
            (answer.status, answer.events()),
            (200, vec![serde_json::json!({})])
        );
    }

    #[test]
    fn the_cost_in_the_body_takes_precedence() {
        let answer = |body: &str| {
            let head = "HTTP/1.1 200 OK\r\nx-litellm-response-cost: 2e-6\r\n\r\n";
            Answer::parse(format!("{head}{body}").as_bytes()).cost_nanos()
        };
        assert_eq!(
            answer(r#"{"usage":{"cost":0.00031319999999999997}}"#),
            Some(313_200)
        );
        assert_eq!(answer(r#"{"usage":{"cost":null}}"#), Some(2_000));
    }
}
