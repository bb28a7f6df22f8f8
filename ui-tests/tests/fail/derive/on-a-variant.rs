use telemetry_runtime::{Usage, UsageSource};

#[derive(UsageSource)]
enum Event {
    #[usage]
    Completed(Usage),
}

fn main() {
    let Event::Completed(usage) = Event::Completed(Usage::default());
    println!("{usage:?}");
}
