use std::cell::RefCell;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::pin;
use std::rc::Rc;
use std::task::Waker;

use super::*;

type Steps = Rc<RefCell<Vec<String>>>;

/// A scope that logs the calls of its methods.
struct Recorded(&'static str, Steps);

impl Recorded {
    fn note(&self, step: &str) {
        self.1.borrow_mut().push(format!("{step} {}", self.0));
    }
}

impl DropScope for Recorded {
    fn enter_drop(&mut self) {
        self.note("enter for drop");
    }
}

impl Drop for Recorded {
    fn drop(&mut self) {
        self.note("drop");
    }
}

impl<T> PollScope<T, u8, ()> for Recorded {
    type Output = (u8, T);

    fn poll(
        &mut self,
        observe: &u8,
        (): &(),
        poll_inner: impl FnOnce() -> Poll<T>,
    ) -> Poll<(u8, T)> {
        self.note("enter");
        let polled = poll_inner();
        self.note("leave");
        polled.map(|value| (*observe, value))
    }
}

struct Inner {
    steps: Steps,
    panics_in_drop: bool,
}

impl Future for Inner {
    type Output = char;

    fn poll(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<char> {
        self.steps.borrow_mut().push("poll".to_owned());
        Poll::Ready('a')
    }
}

impl Drop for Inner {
    fn drop(&mut self) {
        self.steps.borrow_mut().push("drop the future".to_owned());
        assert!(!self.panics_in_drop, "the future's destructor panics");
    }
}

fn nested(steps: &Steps, panics_in_drop: bool) -> impl Future<Output = (u8, (u8, char))> + use<> {
    let inner = Inner {
        steps: steps.clone(),
        panics_in_drop,
    };
    let scope = Nested::new(
        Recorded("inner", steps.clone()),
        Recorded("outer", steps.clone()),
    );
    Wrapped::new(inner, scope, 1, ())
}

const DROPPED: [&str; 5] = [
    "enter for drop outer",
    "enter for drop inner",
    "drop the future",
    "drop inner",
    "drop outer",
];

#[test]
fn scopes_are_entered_around_the_poll_and_the_destructor_of_the_future() {
    let steps = Steps::default();
    {
        let future = pin!(nested(&steps, false));
        let polled = future.poll(&mut Context::from_waker(Waker::noop()));
        assert_eq!(polled, Poll::Ready((1, (1, 'a'))));
    }
    let polled = [
        "enter outer",
        "enter inner",
        "poll",
        "leave inner",
        "leave outer",
    ];
    assert_eq!(*steps.borrow(), [polled, DROPPED].concat());
}

#[test]
fn scopes_are_dropped_if_the_destructor_of_the_future_panics() {
    let steps = Steps::default();
    let future = nested(&steps, true);
    assert!(catch_unwind(AssertUnwindSafe(|| drop(future))).is_err());
    assert_eq!(*steps.borrow(), DROPPED);
}

#[test]
fn a_wrapped_stream_keeps_its_size_hint() {
    struct Unchanged;
    impl DropScope for Unchanged {}
    impl<T> PollScope<T, (), ()> for Unchanged {
        type Output = T;
        fn poll(&mut self, (): &(), (): &(), poll_inner: impl FnOnce() -> Poll<T>) -> Poll<T> {
            poll_inner()
        }
    }
    let stream = futures_util::stream::iter([1, 2, 3]);
    let mut stream = pin!(Wrapped::new(stream, Unchanged, (), ()));
    assert_eq!(stream.size_hint(), (3, Some(3)));
    let next = stream
        .as_mut()
        .poll_next(&mut Context::from_waker(Waker::noop()));
    assert_eq!(next, Poll::Ready(Some(1)));
    assert_eq!(stream.size_hint(), (2, Some(2)));
}
