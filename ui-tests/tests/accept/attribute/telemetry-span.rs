#![deny(warnings)]
use telemetry_runtime::telemetry_span;

struct Widget {
    lines: Vec<String>,
}

#[derive(Debug)]
struct Error;

type Answer<T> = Result<T, Error>;

impl std::fmt::Display for Error {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("no such line")
    }
}

impl Widget {
    #[telemetry_span("chatwidget.header.draw")]
    fn draw(&mut self) {
        self.lines.push(String::new());
    }

    #[telemetry_span("chatwidget.header.line", fields(index, count = self.lines.len()), err)]
    fn line(&mut self, index: usize) -> Answer<&mut String> {
        if index > 100 {
            return Err(Error);
        }
        let line = self.lines.get_mut(index).ok_or(Error)?;
        Ok(line)
    }

    #[telemetry_span("model.request", level = "debug", fields(?tail), crate = ::telemetry_runtime)]
    async fn ask<T: std::fmt::Debug>(&self, tail: T) -> Answer<&str> {
        println!("{tail:?}");
        self.lines.first().map(String::as_str).ok_or(Error)
    }
}

fn main() {
    let mut widget = Widget { lines: Vec::new() };
    widget.draw();
    widget.line(0).unwrap().push('a');
    assert!(widget.line(1).is_err());
    let mut context = std::task::Context::from_waker(std::task::Waker::noop());
    let future = std::pin::pin!(widget.ask("now"));
    let std::task::Poll::Ready(answer) = future.poll(&mut context) else {
        panic!("the future waits for nothing");
    };
    assert_eq!(answer.unwrap(), "a");
}
