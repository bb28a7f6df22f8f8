#![deny(warnings)]
use telemetry_runtime::{Usage, UsageSource, session_usage};

#[derive(UsageSource)]
struct Answer {
    #[usage(request_id)]
    id: String,
    #[usage]
    usage: Option<Usage>,
}

struct Client {
    model: String,
    effort: Option<&'static str>,
}

impl Client {
    #[session_usage(model = self.model, effort = self.effort, attempt = attempt)]
    fn ask(&self, attempt: u32) -> Result<Answer, std::num::ParseIntError> {
        let id: u32 = self.model.parse()?;
        Ok(Answer {
            id: (id + attempt).to_string(),
            usage: None,
        })
    }

    #[session_usage(model = %self.model, effort = ?self.effort)]
    async fn ask_later(&self) -> Option<Answer> {
        self.ask(2).ok()
    }

    #[session_usage(usage = usage)]
    fn on_token_count(&mut self, usage: &Usage) {
        self.model = format!("{usage:?}");
    }
}

fn main() {
    let mut client = Client {
        model: "1".to_owned(),
        effort: Some("high"),
    };
    assert_eq!(client.ask(1).unwrap().id, "2");
    let mut context = std::task::Context::from_waker(std::task::Waker::noop());
    {
        let future = std::pin::pin!(client.ask_later());
        let std::task::Poll::Ready(answer) = future.poll(&mut context) else {
            panic!("the future waits for nothing");
        };
        assert_eq!(answer.unwrap().id, "3");
    }
    client.on_token_count(&Usage::default());
    assert!(client.ask(1).is_err());
}
