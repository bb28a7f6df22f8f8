#![deny(warnings)]
use async_trait::async_trait;
use telemetry_runtime::{Usage, session_usage, telemetry_span};

#[async_trait]
trait Ask {
    async fn ask(&self, prompt: &str) -> Result<Usage, String>;

    #[telemetry_span("ask.twice", fields(n = prompt.len()), err)]
    async fn ask_twice(&self, prompt: &str) -> Result<Usage, String>
    where
        Self: Sync,
    {
        self.ask(prompt).await?;
        self.ask(prompt).await
    }

    #[telemetry_span("ask.default")]
    async fn nothing(&mut self) {}
}

struct Client {
    count: usize,
}

#[async_trait]
impl Ask for Client {
    #[telemetry_span("ask.once", fields(self.count = self.count))]
    #[session_usage(model = "gpt-5-mini")]
    async fn ask(&self, prompt: &str) -> Result<Usage, String> {
        if prompt.is_empty() {
            return Err("nothing asked".to_owned());
        }
        Ok(Usage::default())
    }

    #[session_usage(usage = Usage::default())]
    #[telemetry_span("ask.nothing")]
    async fn nothing(&mut self) {
        self.count += 1;
    }
}

#[async_trait(?Send)]
trait Local {
    async fn run<T>(self: Box<Self>, value: std::rc::Rc<T>) -> std::rc::Rc<T>
    where
        T: std::fmt::Debug + 'static;
}

#[async_trait(?Send)]
impl Local for Client {
    #[telemetry_span("local.run", ret, fields(?value))]
    async fn run<T>(self: Box<Self>, value: std::rc::Rc<T>) -> std::rc::Rc<T>
    where
        T: std::fmt::Debug + 'static,
    {
        assert_eq!(self.count, 1);
        value
    }
}

#[tokio::main(flavor = "current_thread")]
async fn main() {
    let mut client = Client { count: 0 };
    client.nothing().await;
    assert_eq!(client.count, 1);
    assert!(client.ask_twice("a").await.is_ok());
    assert!(client.ask("").await.is_err());
    assert_eq!(*Box::new(client).run(std::rc::Rc::new(3)).await, 3);
}
