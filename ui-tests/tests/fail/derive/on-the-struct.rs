use telemetry_runtime::{Usage, UsageSource};

#[derive(UsageSource)]
#[usage]
struct Answer {
    #[usage]
    usage: Usage,
}

fn main() {
    println!("{:?}", Answer { usage: Usage::default() }.usage);
}
