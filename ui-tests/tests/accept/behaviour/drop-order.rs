//! Parameters and locals are dropped in the order of a bare function.
#![deny(warnings)]
use std::cell::RefCell;

use telemetry_runtime::telemetry_span;

thread_local! {
    static DROPPED: RefCell<Vec<&'static str>> = const { RefCell::new(Vec::new()) };
}

struct Noisy(&'static str);

impl Drop for Noisy {
    fn drop(&mut self) {
        DROPPED.with_borrow_mut(|dropped| dropped.push(self.0));
    }
}

impl Noisy {
    fn value(&self) -> usize {
        self.0.len()
    }
}

fn dropped() -> Vec<&'static str> {
    DROPPED.take()
}

mod bare {
    use super::Noisy;

    pub fn plain(_a: Noisy, b: Noisy, _: Noisy) -> usize {
        let _local = Noisy("local");
        Noisy("temporary").value() + b.value()
    }
    pub fn result(_a: Noisy, b: Noisy, _d: Noisy, c: Noisy, early: bool) -> Result<usize, String> {
        let _local = Noisy("local");
        if early {
            drop(b);
            return Ok(c.value());
        }
        Ok(Noisy("temporary").value() + c.value())
    }
    pub async fn future(_a: Noisy, b: Noisy, _d: Noisy, c: Noisy, early: bool) -> Result<usize, String> {
        let _local = Noisy("local");
        if early {
            drop(b);
            return Ok(c.value());
        }
        Ok(Noisy("temporary").value() + c.value())
    }
}

mod annotated {
    use super::{Noisy, telemetry_span};

    #[telemetry_span("a.plain")]
    pub fn plain(_a: Noisy, b: Noisy, _: Noisy) -> usize {
        let _local = Noisy("local");
        Noisy("temporary").value() + b.value()
    }
    #[telemetry_span("a.result")]
    pub fn result(_a: Noisy, b: Noisy, _d: Noisy, c: Noisy, early: bool) -> Result<usize, String> {
        let _local = Noisy("local");
        if early {
            drop(b);
            return Ok(c.value());
        }
        Ok(Noisy("temporary").value() + c.value())
    }
    #[telemetry_span("a.future")]
    pub async fn future(_a: Noisy, b: Noisy, _d: Noisy, c: Noisy, early: bool) -> Result<usize, String> {
        let _local = Noisy("local");
        if early {
            drop(b);
            return Ok(c.value());
        }
        Ok(Noisy("temporary").value() + c.value())
    }
}

#[tokio::main(flavor = "current_thread")]
async fn main() {
    let noisy = || [Noisy("a"), Noisy("b"), Noisy("unnamed"), Noisy("c")];
    let [a, b, unnamed, _] = noisy();
    bare::plain(a, b, unnamed);
    let expected = dropped();
    let [a, b, unnamed, _] = noisy();
    annotated::plain(a, b, unnamed);
    assert_eq!(dropped(), expected);

    for early in [false, true] {
        let [a, b, unnamed, c] = noisy();
        bare::result(a, b, unnamed, c, early).unwrap();
        let expected = dropped();
        let [a, b, unnamed, c] = noisy();
        annotated::result(a, b, unnamed, c, early).unwrap();
        assert_eq!(dropped(), expected, "early: {early}");

        let [a, b, unnamed, c] = noisy();
        bare::future(a, b, unnamed, c, early).await.unwrap();
        let expected = dropped();
        let [a, b, unnamed, c] = noisy();
        annotated::future(a, b, unnamed, c, early).await.unwrap();
        assert_eq!(dropped(), expected, "async, early: {early}");

        let [a, b, unnamed, c] = noisy();
        drop(bare::future(a, b, unnamed, c, early));
        let expected = dropped();
        let [a, b, unnamed, c] = noisy();
        drop(annotated::future(a, b, unnamed, c, early));
        assert_eq!(dropped(), expected, "never polled");
    }
}
