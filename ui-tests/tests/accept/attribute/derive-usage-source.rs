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
struct Factors<'a> {
    #[usage(cache_write_1h_tokens)]
    written_for_an_hour: Option<u32>,
    #[usage(audio_input_tokens)]
    audio: u64,
    #[usage(image_input_tokens)]
    images: i64,
    #[usage(video_input_tokens)]
    video: u64,
    #[usage(cached_audio_tokens)]
    cached_audio: u64,
    #[usage(cached_image_tokens)]
    cached_images: u64,
    #[usage(audio_output_tokens)]
    spoken: u64,
    #[usage(image_output_tokens)]
    drawn: u64,
    #[usage(video_output_tokens)]
    filmed: u64,
    #[usage(citation_tokens)]
    cited: u64,
    #[usage(web_searches)]
    searches: u32,
    #[usage(map_searches)]
    map_searches: Option<f64>,
    #[usage(search_context_size)]
    size: &'a str,
    #[usage(speed)]
    speed: String,
    #[usage(inference_geo)]
    place: Option<String>,
    #[usage(prompt_tokens)]
    prompt: u64,
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
    let factors = Factors {
        written_for_an_hour: Some(1),
        audio: 2,
        images: 3,
        video: 4,
        cached_audio: 5,
        cached_images: 6,
        spoken: 7,
        drawn: 8,
        filmed: 9,
        cited: 10,
        searches: 11,
        map_searches: Some(0.0),
        size: "low",
        speed: "fast".to_owned(),
        place: None,
        prompt: 100,
    };
    if let Some(read) = factors.usage() {
        assert_eq!(read.factors.cache_write_1h_tokens, Some(1));
        assert_eq!(read.factors.audio_input_tokens, Some(2));
        assert_eq!(read.factors.image_input_tokens, Some(3));
        assert_eq!(read.factors.video_input_tokens, Some(4));
        assert_eq!(read.factors.cached_audio_tokens, Some(5));
        assert_eq!(read.factors.cached_image_tokens, Some(6));
        assert_eq!(read.factors.audio_output_tokens, Some(7));
        assert_eq!(read.factors.image_output_tokens, Some(8));
        assert_eq!(read.factors.video_output_tokens, Some(9));
        assert_eq!(read.factors.citation_tokens, Some(10));
        assert_eq!(read.factors.web_searches, Some(11));
        // Zero is unknown.
        assert_eq!(read.factors.map_searches, None);
        assert_eq!(read.factors.search_context_size.as_deref(), Some("low"));
        assert_eq!(read.factors.speed.as_deref(), Some("fast"));
        assert_eq!(read.factors.inference_geo, None);
    }
    let whole = Event::Whole(3, "m".to_owned()).usage();
    assert!(whole.is_none_or(|usage| usage.total_tokens == Some(3)));
}
