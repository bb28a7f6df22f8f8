//! Server-sent events as LiteLLM uses them: `data:` lines and blank lines. Other fields (`event:`, comments)
//! only repeat the data.

use super::ClientError;

/// The limit of an event in bytes. A complete answer in one event has a few kilobytes.
const MAX_EVENT: usize = 8 << 20;

/// Assembles events from the pieces that the network delivers.
#[derive(Debug, Default)]
pub(crate) struct Decoder {
    line: Vec<u8>,
    data: Vec<u8>,
}

impl Decoder {
    /// Adds a piece and returns the data of each event that it completes.
    pub(crate) fn push(&mut self, piece: &[u8]) -> Result<Vec<Vec<u8>>, ClientError> {
        let mut events = Vec::new();
        for part in piece.split_inclusive(|byte| *byte == b'\n') {
            self.line.extend_from_slice(part);
            if self.line.len() + self.data.len() > MAX_EVENT {
                return Err(ClientError::EventTooLong { limit: MAX_EVENT });
            }
            if part.ends_with(b"\n") {
                events.extend(self.end_line());
            }
        }
        Ok(events)
    }

    fn end_line(&mut self) -> Option<Vec<u8>> {
        let line = std::mem::take(&mut self.line);
        let line = line.trim_ascii_end();
        if line.is_empty() {
            let data = std::mem::take(&mut self.data);
            return (!data.is_empty()).then_some(data);
        }
        if let Some(data) = line.strip_prefix(b"data:") {
            if !self.data.is_empty() {
                self.data.push(b'\n');
            }
            self.data
                .extend_from_slice(data.strip_prefix(b" ").unwrap_or(data));
        }
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const STREAM: &[u8] =
        b": ping\r\nevent: message\r\ndata: {\"a\":\r\ndata: \"\xc3\xa9\"}\r\n\r\ndata: [DONE]\n\n";

    #[test]
    fn events_do_not_depend_on_the_sizes_of_pieces() {
        for size in 1..=STREAM.len() {
            let mut decoder = Decoder::default();
            let mut events = Vec::new();
            for piece in STREAM.chunks(size) {
                events.extend(decoder.push(piece).unwrap());
            }
            let expected = ["{\"a\":\n\"é\"}".as_bytes().to_vec(), b"[DONE]".to_vec()];
            assert_eq!(events, expected, "in pieces of {size}");
        }
    }

    #[test]
    fn an_event_beyond_the_limit_is_an_error() {
        let mut decoder = Decoder::default();
        let piece = vec![b'x'; MAX_EVENT / 2 + 1];
        assert!(decoder.push(&piece).is_ok());
        assert!(matches!(
            decoder.push(&piece),
            Err(ClientError::EventTooLong { .. })
        ));
    }

    #[test]
    fn an_event_without_a_blank_line_is_incomplete() {
        let mut decoder = Decoder::default();
        assert!(decoder.push(b"data: {\"half\":").unwrap().is_empty());
    }
}
