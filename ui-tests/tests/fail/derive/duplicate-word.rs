use telemetry_runtime::UsageSource;

#[derive(UsageSource)]
struct Answer {
    #[usage(prompt_tokens)]
    input: u64,
    #[usage(prompt_tokens)]
    output: u64,
}

fn main() {
    let answer = Answer { input: 1, output: 1 };
    println!("{} {}", answer.input, answer.output);
}
