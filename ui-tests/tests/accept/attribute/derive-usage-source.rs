#![deny(warnings)]
#![deny(dead_code)]
use telemetry_runtime::UsageSource;

#[derive(UsageSource)]
struct TokenUsage {
    #[usage(prompt_tokens)]
    prompt_tokens: u64,
    #[usage(completion_tokens)]
    completion_tokens: Option<i64>,
    #[usage(details)]
    prompt_details: Option<Details>,
    #[usage(details)]
    completion_details: Option<Details>,
    #[usage(cost)]
    cost: Option<f64>,
}

#[derive(UsageSource)]
struct Details {
    #[usage(cached_tokens)]
    cached_tokens: Option<u32>,
    #[usage(reasoning_tokens)]
    reasoning_tokens: Option<u32>,
}

#[derive(UsageSource)]
struct Answer<'a, T, const N: usize>
where
    T: Send,
{
    #[usage(model)]
    model: &'a str,
    #[usage]
    usage: Vec<T>,
}

#[derive(UsageSource)]
struct Wrapper(#[usage] TokenUsage);

#[derive(UsageSource)]
enum Event {
    Delta(String),
    Completed {
        #[usage]
        token_usage: Option<TokenUsage>,
    },
    Whole(#[usage(total_tokens)] u64, #[usage(model)] String),
    Closed,
}

fn main() {
    let usage = TokenUsage {
        prompt_tokens: 3,
        completion_tokens: Some(2),
        prompt_details: Some(Details {
            cached_tokens: Some(1),
            reasoning_tokens: None,
        }),
        completion_details: None,
        cost: None,
    };
    let answer = Answer::<_, 3> {
        model: "gpt-5-mini",
        usage: vec![Wrapper(usage)],
    };
    let read = answer.usage();
    // Without telemetry, no field is read.
    if let Some(read) = read {
        assert_eq!(read.prompt_tokens, Some(3));
        assert_eq!(read.completion_tokens, Some(2));
        assert_eq!(read.cached_tokens, Some(1));
        assert_eq!(read.reasoning_tokens, None);
        assert_eq!(read.model.as_deref(), Some("gpt-5-mini"));
    }
    for event in [
        Event::Delta("a".to_owned()),
        Event::Closed,
        Event::Completed { token_usage: None },
    ] {
        if let Event::Delta(text) = &event {
            assert_eq!(text, "a");
        }
        assert_eq!(event.usage(), None);
    }
    let whole = Event::Whole(3, "m".to_owned()).usage();
    assert!(whole.is_none_or(|usage| usage.total_tokens == Some(3)));
}
