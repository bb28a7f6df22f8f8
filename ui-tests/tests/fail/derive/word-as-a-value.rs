use telemetry_runtime::UsageSource;

#[derive(UsageSource)]
struct Answer {
    #[usage = "prompt_tokens"]
    input: u64,
}

fn main() {
    println!("{}", Answer { input: 1 }.input);
}
