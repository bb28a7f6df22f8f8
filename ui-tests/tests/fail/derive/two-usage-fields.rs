use telemetry_runtime::{Usage, UsageSource};

#[derive(UsageSource)]
struct Answer {
    #[usage]
    first: Usage,
    #[usage]
    second: Usage,
}

fn main() {
    let answer = Answer { first: Usage::default(), second: Usage::default() };
    println!("{:?} {:?}", answer.first, answer.second);
}
