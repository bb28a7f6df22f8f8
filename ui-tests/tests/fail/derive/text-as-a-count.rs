use telemetry_runtime::UsageSource;

#[derive(UsageSource)]
struct Answer {
    #[usage(prompt_tokens)]
    input: String,
}

fn main() {
    println!("{}", Answer { input: String::new() }.input);
}
