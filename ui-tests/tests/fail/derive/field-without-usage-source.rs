use telemetry_runtime::UsageSource;

struct TokenUsage;

#[derive(UsageSource)]
struct Answer {
    #[usage]
    usage: TokenUsage,
}

fn main() {
    let TokenUsage = Answer { usage: TokenUsage }.usage;
}
