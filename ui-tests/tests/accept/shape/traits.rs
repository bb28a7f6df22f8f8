#![deny(warnings)]
use telemetry_runtime::{Usage, session_usage, telemetry_span};

trait Draw {
    type Error: std::fmt::Debug;

    fn width(&self) -> Result<u16, Self::Error>;

    #[telemetry_span("draw.twice")]
    fn twice(&self) -> Result<u16, Self::Error> {
        let once = self.width()?;
        Ok(once * 2)
    }

    #[telemetry_span("draw.nothing")]
    fn nothing(&self)
    where
        Self: Sized,
    {
    }
}

struct Header;

impl Draw for Header {
    type Error = String;

    #[telemetry_span("header.width", err)]
    fn width(&self) -> Result<u16, Self::Error> {
        Ok(40)
    }
}

trait Ask {
    async fn ask(&self, prompt: &str) -> Result<Usage, String>;

    #[telemetry_span("ask.twice", content(prompt))]
    async fn ask_twice(&self, prompt: &str) -> Result<Usage, String> {
        self.ask(prompt).await?;
        self.ask(prompt).await
    }
}

impl Ask for Header {
    #[telemetry_span("ask.once", content(prompt), err)]
    #[session_usage(model = "gpt-5-mini")]
    async fn ask(&self, prompt: &str) -> Result<Usage, String> {
        if prompt.is_empty() {
            return Err("nothing asked".to_owned());
        }
        Ok(Usage::default())
    }
}

impl Iterator for Header {
    type Item = u8;

    #[telemetry_span("header.next")]
    fn next(&mut self) -> Option<Self::Item> {
        None
    }
}

impl std::str::FromStr for Header {
    type Err = String;

    #[telemetry_span("header.parse", fields(text), err)]
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        if text.is_empty() { Ok(Self) } else { Err(text.to_owned()) }
    }
}

#[tokio::main(flavor = "current_thread")]
async fn main() {
    assert_eq!(Header.twice(), Ok(80));
    Header.nothing();
    assert!(Header.ask_twice("a").await.is_ok());
    assert!(Header.ask("").await.is_err());
    assert_eq!(Header.next(), None);
    assert!("a".parse::<Header>().is_err());
}
