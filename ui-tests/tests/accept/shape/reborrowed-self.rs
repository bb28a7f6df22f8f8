//! A `mut self` that the body reborrows for its caller, or moves from.

use telemetry_runtime::telemetry_span;

struct Cursor<'a> {
    rest: &'a mut [u8],
    name: String,
}

impl<'a> Cursor<'a> {
    #[telemetry_span("s.first", err)]
    fn first(mut self, n: usize) -> Result<&'a mut [u8], String> {
        while self.rest.len() > n {
            self.rest = &mut self.rest[1..];
        }
        if self.rest.is_empty() {
            return Err(self.name);
        }
        Ok(self.rest)
    }

    /// A macro that may return does not make the body a closure.
    #[telemetry_span("s.with_macro")]
    fn with_macro(mut self) -> Result<&'a mut [u8], String> {
        macro_rules! ensure {
            ($condition:expr) => {
                if !$condition {
                    return Err(self.name);
                }
            };
        }
        ensure!(!self.rest.is_empty());
        self.rest = &mut self.rest[1..];
        Ok(self.rest)
    }

    #[telemetry_span("s.split")]
    fn split(mut self) -> Option<(&'a mut u8, Self)> {
        let (first, rest) = std::mem::take(&mut self.rest).split_first_mut()?;
        self.rest = rest;
        Some((first, self))
    }

    #[telemetry_span("s.both", fields(len = self.rest.len()))]
    fn both(mut self, mut other: &'a mut [u8]) -> Result<(&'a mut [u8], &'a mut [u8]), ()> {
        other = &mut other[1..];
        self.rest = &mut self.rest[1..];
        Ok((self.rest, other))
    }

    #[telemetry_span("s.asynchronous")]
    async fn asynchronous(mut self) -> Result<&'a mut [u8], String> {
        std::future::ready(()).await;
        self.rest = &mut self.rest[1..];
        Ok(self.rest)
    }
}

fn main() {
    let mut bytes = [1, 2, 3];
    let mut others = [4, 5];
    fn cursor(rest: &mut [u8]) -> Cursor<'_> {
        Cursor { rest, name: "x".to_owned() }
    }
    assert_eq!(cursor(&mut bytes).first(1), Ok(&mut [3][..]));
    assert_eq!(cursor(&mut bytes).first(0), Err("x".to_owned()));
    assert!(cursor(&mut bytes).with_macro().is_ok());
    assert_eq!(*cursor(&mut bytes).split().unwrap().0, 1);
    assert_eq!(cursor(&mut bytes).both(&mut others).unwrap().0, &mut [2, 3]);
    drop(cursor(&mut bytes).asynchronous());
}
