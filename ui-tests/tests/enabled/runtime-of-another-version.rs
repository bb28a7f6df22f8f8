use telemetry_runtime::telemetry_span;

/// A runtime of an earlier version, which the macros of this version cannot use.
mod earlier {
    pub mod __private_0_0_9 {}
}

#[telemetry_span("model_selection.open", crate = earlier)]
fn open() {}

fn main() {
    open();
}
