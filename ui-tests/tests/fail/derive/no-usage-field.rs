use telemetry_runtime::UsageSource;

#[derive(UsageSource)]
struct Answer {
    text: String,
}

fn main() {
    println!("{}", Answer { text: String::new() }.text);
}
