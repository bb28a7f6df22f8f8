//! The borrow checker accepts of an annotated function everything that it accepts of a bare one.
#![deny(warnings)]
use std::collections::HashMap;

use telemetry_runtime::telemetry_span;

#[derive(Default)]
struct Cache {
    texts: HashMap<u8, String>,
    hits: usize,
    last: Option<String>,
}

type Answer<T> = Result<T, String>;

impl Cache {
    #[telemetry_span("cache.get", fields(key, hits = self.hits))]
    fn get(&mut self, key: u8) -> Answer<&mut String> {
        self.hits += 1;
        if self.texts.contains_key(&key) {
            return self.texts.get_mut(&key).ok_or_else(String::new);
        }
        let hits = &mut self.hits;
        let text = self.texts.entry(key).or_default();
        *hits += 1;
        Ok(text)
    }

    #[telemetry_span("cache.both")]
    fn both<'a>(&'a mut self, other: &'a mut String, left: bool) -> Answer<&'a mut String> {
        if left { self.get(0) } else { Ok(other) }
    }

    #[telemetry_span("cache.last")]
    fn take_last(&mut self) -> Answer<String> {
        let Self { last, .. } = self;
        last.take().ok_or_else(|| "none".to_owned())
    }

    #[telemetry_span("cache.closure")]
    fn closure<'a>(&'a self) -> Answer<impl Fn(u8) -> Option<&'a str> + use<'a>> {
        Ok(move |key| self.texts.get(&key).map(String::as_str))
    }

    #[telemetry_span("cache.visit")]
    fn visit(&mut self, mut each: impl FnMut(&mut String) -> Answer<()>) -> Answer<usize> {
        for text in self.texts.values_mut() {
            each(text)?;
        }
        Ok(self.texts.len())
    }

    #[telemetry_span("cache.split")]
    fn split(self) -> Answer<(HashMap<u8, String>, Option<String>)> {
        let Self { texts, last, .. } = self;
        Ok((texts, last))
    }

    #[telemetry_span("cache.later")]
    async fn later(&mut self, key: u8) -> Answer<&mut String> {
        tokio::task::yield_now().await;
        self.get(key)
    }
}

#[telemetry_span("a.higher.ranked")]
fn higher_ranked<F>(f: F, texts: &[String]) -> Answer<usize>
where
    F: for<'a> Fn(&'a str) -> Answer<&'a str>,
{
    let mut total = 0;
    for text in texts {
        total += f(text)?.len();
    }
    Ok(total)
}

#[telemetry_span("a.inferred")]
fn inferred(texts: &[&str]) -> Answer<Vec<u8>> {
    let mut numbers = Vec::new();
    for text in texts {
        numbers.push(text.parse().map_err(|_| "no number")?);
    }
    Ok(numbers)
}

#[telemetry_span("a.guard")]
fn temporary_in_the_tail(texts: &std::sync::Mutex<Vec<u8>>) -> Answer<usize> {
    Ok(texts.lock().map_err(|error| error.to_string())?.len())
}

#[tokio::main(flavor = "current_thread")]
async fn main() {
    let mut cache = Cache::default();
    cache.get(1).unwrap().push('a');
    let mut other = "b".to_owned();
    cache.both(&mut other, false).unwrap().push('c');
    cache.both(&mut other, true).unwrap().push('c');
    assert!(cache.take_last().is_err());
    assert_eq!(cache.closure().unwrap()(1), Some("a"));
    assert_eq!(cache.visit(|_| Ok(())), Ok(2));
    cache.later(1).await.unwrap().push('d');
    assert_eq!(cache.split().unwrap().0[&1], "ad");
    assert_eq!(higher_ranked(|text| Ok(text), &["a".to_owned()]), Ok(1));
    assert_eq!(inferred(&["1", "2"]), Ok(vec![1, 2]));
    assert_eq!(temporary_in_the_tail(&std::sync::Mutex::new(vec![1])), Ok(1));
}
