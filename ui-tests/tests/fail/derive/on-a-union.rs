use telemetry_runtime::UsageSource;

#[derive(UsageSource)]
union Answer {
    #[usage(prompt_tokens)]
    input: u64,
}

fn main() {
    let _ = Answer { input: 1 };
}
