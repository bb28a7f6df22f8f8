//! A `mut self` whose destructor alone reads what an `async fn` assigns last. rustc reports nothing, as about the bare
//! functions.
#![deny(warnings)]

use std::cell::Cell;
use std::future::Future;
use std::pin::{Pin, pin};
use std::rc::Rc;
use std::task::{Context, Poll, Waker};

use telemetry_runtime::telemetry_span;

/// Rolls back when it is dropped while it is open.
struct Transaction {
    open: bool,
    steps: [u32; 2],
    rolled_back: Rc<Cell<bool>>,
}

impl Drop for Transaction {
    fn drop(&mut self) {
        self.rolled_back.set(self.open || self.steps[0] > 2);
    }
}

/// The destructor is the one of a field.
struct Session {
    transaction: Transaction,
    name: String,
}

impl Transaction {
    #[telemetry_span("s.commit")]
    async fn commit(mut self) -> Result<(), String> {
        std::future::ready(()).await;
        self.open = false;
        Ok(())
    }

    #[telemetry_span("s.commit.early", err)]
    async fn commit_early(mut self, early: bool) -> Result<(), String> {
        if early {
            self.open = false;
            return Ok(());
        }
        std::future::ready(Ok::<(), String>(())).await?;
        (self.open, self.steps[0]) = (false, 1);
        Ok(())
    }

    #[telemetry_span("s.commit.counting")]
    async fn commit_counting(mut self) {
        self.steps[0] += 1;
        self.open &= false;
    }

    #[telemetry_span("s.commit.boxed")]
    async fn commit_boxed(mut self: Box<Self>) {
        self.open = false;
    }

    #[telemetry_span("s.replace")]
    async fn replace(mut self, other: Self) -> Self {
        self = other;
        self
    }
}

impl Session {
    #[telemetry_span("s.end")]
    async fn end(mut self) -> String {
        self.transaction.open = false;
        self.name
    }
}

fn ready<F: Future>(future: F) -> F::Output {
    let future: Pin<&mut F> = pin!(future);
    let Poll::Ready(value) = future.poll(&mut Context::from_waker(Waker::noop())) else {
        unreachable!("the future waits for nothing");
    };
    value
}

fn main() {
    let rolled_back = Rc::new(Cell::new(true));
    let begin = || {
        rolled_back.set(true);
        Transaction { open: true, steps: [0; 2], rolled_back: Rc::clone(&rolled_back) }
    };
    let committed = |told: &str| assert!(!rolled_back.get(), "{told}");
    drop(begin());
    assert!(rolled_back.get());
    ready(begin().commit()).unwrap();
    committed("commit");
    for early in [true, false] {
        ready(begin().commit_early(early)).unwrap();
        committed("commit_early");
    }
    ready(begin().commit_counting());
    committed("commit_counting");
    ready(Box::new(begin()).commit_boxed());
    committed("commit_boxed");
    drop(ready(begin().replace(begin())));
    assert!(rolled_back.get());
    let session = Session { transaction: begin(), name: String::from("it") };
    assert_eq!(ready(session.end()), "it");
    committed("end");
}
