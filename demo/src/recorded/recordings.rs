//! The recordings of `demo/recordings`, and the requests that they answer.

/// A recorded answer.
#[derive(Debug)]
pub(super) struct Recording {
    head: &'static str,
    pub(super) body: &'static str,
}

/// Headers that belong to the recorded connection; the server writes its own.
const HOP_HEADERS: [&str; 4] = ["content-length", "transfer-encoding", "connection", "date"];

impl Recording {
    pub(super) fn status_line(&self) -> &'static str {
        self.head.lines().next().unwrap_or_default()
    }

    pub(super) fn headers(&self) -> impl Iterator<Item = (&'static str, &'static str)> {
        self.head
            .lines()
            .skip(1)
            .filter_map(|line| line.split_once(": "))
            .filter(|(name, _)| !HOP_HEADERS.iter().any(|hop| name.eq_ignore_ascii_case(hop)))
    }

    pub(super) fn is_stream(&self) -> bool {
        self.headers().any(|(name, value)| {
            name.eq_ignore_ascii_case("content-type") && value.starts_with("text/event-stream")
        })
    }

    #[cfg(test)]
    pub(super) fn succeeds(&self) -> bool {
        self.status_line().contains(" 200 ")
    }
}

macro_rules! recording {
    ($name:literal, $body:literal) => {
        Recording {
            head: include_str!(concat!("../../recordings/", $name, ".headers")),
            body: include_str!(concat!("../../recordings/", $name, ".response.", $body)),
        }
    };
}

/// The answers to one kind of request, in their order.
pub(super) struct Series {
    pub(super) path: &'static str,
    pub(super) model: &'static str,
    pub(super) stream: bool,
    pub(super) answers: &'static [&'static Recording],
}

/// The model that [`OTHER`] names. The server names the model of the request instead.
pub(super) const OTHER_MODEL: &str = "no-such-model";

/// The answer to requests without a recording.
pub(super) static OTHER: Recording = recording!("02-err-unknown-model", "json");

pub(super) static RECORDINGS: [Series; 8] = [
    Series {
        path: "/v1/models",
        model: "",
        stream: false,
        answers: &[&recording!("00-models", "json")],
    },
    Series {
        path: "/v1/chat/completions",
        model: "gpt-4o-mini",
        stream: false,
        answers: &[
            &recording!("06-key-ok", "json"),
            &recording!("06-key-rpm-2-limited", "json"),
            &recording!("06-key-rpm-1-first", "json"),
        ],
    },
    Series {
        path: "/v1/chat/completions",
        model: "gpt-4o-mini",
        stream: true,
        answers: &[&recording!("01-mock-chat-stream-usage", "sse")],
    },
    Series {
        path: "/v1/chat/completions",
        model: "up-think",
        stream: true,
        answers: &[&recording!("03-up-think-stream-usage", "sse")],
    },
    Series {
        path: "/v1/chat/completions",
        model: "up-claude",
        stream: true,
        answers: &[&recording!("03-up-claude-stream-usage", "sse")],
    },
    Series {
        path: "/v1/chat/completions",
        model: "up-miderr",
        stream: true,
        answers: &[&recording!("up-miderr-stream", "sse")],
    },
    Series {
        path: "/v1/responses",
        model: "up-resp",
        stream: false,
        answers: &[&recording!("03-up-responses", "json")],
    },
    Series {
        path: "/v1/responses",
        model: "up-resp",
        stream: true,
        answers: &[&recording!("03-up-responses-stream", "sse")],
    },
];
