use telemetry_runtime::UsageSource;

#[derive(UsageSource)]
#[usage(prompt_tokens)]
struct Answer {
    input: u64,
}

fn main() {
    println!("{}", Answer { input: 1 }.input);
}
