use telemetry_runtime::telemetry_span;

struct Preset;

#[telemetry_span("model_selection.open", fields(third = ?preset))]
fn open(preset: &Preset) {
    let Preset = preset;
}

fn main() {
    open(&Preset);
}
