use telemetry_runtime::telemetry_span;

const NAME: &str = "model_selection.open";

#[telemetry_span(NAME)]
fn open() {}

fn main() {
    open();
    println!("{NAME}");
}
