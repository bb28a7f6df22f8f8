//! Parameters and locals are dropped in the order of a bare function.
#![deny(warnings)]
use std::cell::RefCell;

use telemetry_runtime::{Usage, session_usage, telemetry_span};

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
    use super::{Noisy, Usage};

    impl Noisy {
        pub async fn owned(self, _: Noisy, (b, _c): (Noisy, Noisy), mut d: Noisy, [ref e, _]: [Noisy; 2]) -> usize {
            let _local = Noisy("local");
            d.0 = "changed";
            b.value() + e.value()
        }
        pub async fn ignored(self, _a: Noisy, (_, _c): (Noisy, Noisy)) {
            let _local = Noisy("local");
        }
    }
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
    pub fn changed(mut a: Noisy, (b, _c): (Noisy, Noisy), _: Noisy, mut d: Noisy, early: bool) -> Result<usize, String> {
        let _local = Noisy("local");
        d.0 = "changed";
        if early {
            drop(a);
            return Ok(b.value());
        }
        a.0 = "also changed";
        Ok(Noisy("temporary").value() + d.value())
    }
    pub fn taken(_: Noisy, [ref a, _]: [Noisy; 2], mut b: Noisy, _c: Noisy) -> Option<Usage> {
        b.0 = if a.value() > 1 { "long" } else { "changed" };
        None
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
    use super::{Noisy, Usage, session_usage, telemetry_span};

    impl Noisy {
        #[telemetry_span("a.future", fields(n = self.value()))]
        pub async fn spanned_owned(self, _: Noisy, (b, _c): (Noisy, Noisy), mut d: Noisy, [ref e, _]: [Noisy; 2]) -> usize {
            let _local = Noisy("local");
            d.0 = "changed";
            b.value() + e.value()
        }
        #[telemetry_span("a.future", fields(n = self.value()))]
        pub async fn spanned_ignored(self, _a: Noisy, (_, _c): (Noisy, Noisy)) {
            let _local = Noisy("local");
        }
    }
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
    #[telemetry_span("a.changed", fields(a = a.value(), early))]
    pub fn changed(mut a: Noisy, (b, _c): (Noisy, Noisy), _: Noisy, mut d: Noisy, early: bool) -> Result<usize, String> {
        let _local = Noisy("local");
        d.0 = "changed";
        if early {
            drop(a);
            return Ok(b.value());
        }
        a.0 = "also changed";
        Ok(Noisy("temporary").value() + d.value())
    }
    #[session_usage(model = b.0)]
    #[telemetry_span("a.taken", ret)]
    pub fn taken(_: Noisy, [ref a, _]: [Noisy; 2], mut b: Noisy, _c: Noisy) -> Option<Usage> {
        b.0 = if a.value() > 1 { "long" } else { "changed" };
        None
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
        bare::changed(a, (b, c), unnamed, Noisy("d"), early).unwrap();
        let expected = dropped();
        let [a, b, unnamed, c] = noisy();
        annotated::changed(a, (b, c), unnamed, Noisy("d"), early).unwrap();
        assert_eq!(dropped(), expected, "mut and patterns, early: {early}");

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

    let [a, b, unnamed, c] = noisy();
    bare::taken(unnamed, [a, Noisy("rest")], b, c);
    let expected = dropped();
    let [a, b, unnamed, c] = noisy();
    annotated::taken(unnamed, [a, Noisy("rest")], b, c);
    assert_eq!(dropped(), expected, "under both attributes");

    let [a, b, unnamed, c] = noisy();
    let [d, e, f, _] = noisy();
    a.owned(unnamed, (b, c), d, [e, f]).await;
    let expected = dropped();
    let [a, b, unnamed, c] = noisy();
    let [d, e, f, _] = noisy();
    a.spanned_owned(unnamed, (b, c), d, [e, f]).await;
    assert_eq!(dropped(), expected, "methods");

    let [a, b, unnamed, c] = noisy();
    a.ignored(unnamed, (b, c)).await;
    let expected = dropped();
    let [a, b, unnamed, c] = noisy();
    a.spanned_ignored(unnamed, (b, c)).await;
    assert_eq!(dropped(), expected, "parameters that the body ignores");

    let [a, b, unnamed, c] = noisy();
    drop(a.ignored(unnamed, (b, c)));
    let expected = dropped();
    let [a, b, unnamed, c] = noisy();
    drop(a.spanned_ignored(unnamed, (b, c)));
    assert_eq!(dropped(), expected, "never polled");
}
