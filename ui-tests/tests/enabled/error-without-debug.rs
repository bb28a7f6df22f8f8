use telemetry_runtime::telemetry_span;

struct Error;

#[telemetry_span("model.request", err(Debug))]
fn ask() -> Result<(), Error> {
    Err(Error)
}

fn main() {
    drop(ask());
}
