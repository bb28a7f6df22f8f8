use telemetry_runtime::UsageSource;

#[derive(UsageSource)]
struct Answer {
    #[usage(model)]
    model: u32,
}

fn main() {
    println!("{}", Answer { model: 1 }.model);
}
