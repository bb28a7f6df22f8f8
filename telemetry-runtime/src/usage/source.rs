use std::sync::Arc;
use std::task::Poll;

use super::{Assembly, Usage, UsagePart};

/// A value that states the usage of its request: the answer of a model, or an event of its stream.
///
/// Derive the trait for the host's own types, or implement [`usage`](Self::usage). It is implemented for
/// `serde_json::Value` (feature `serde_json`, part of `enabled`) in the shapes of LiteLLM's answers.
///
/// ```
/// use telemetry_runtime::{Usage, UsageSource};
///
/// struct Answer { text: String, input: u64, output: u64 }
///
/// impl UsageSource for Answer {
///     fn usage(&self) -> Option<Usage> {
///         let mut usage = Usage::default();
///         usage.prompt_tokens = Some(self.input);
///         usage.completion_tokens = Some(self.output);
///         Some(usage)
///     }
/// }
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` does not state its usage: it does not implement `UsageSource`",
    label = "no token usage is known here",
    note = "add `#[derive(telemetry_runtime::UsageSource)]` and mark its `#[usage]` field, implement `UsageSource` for it, or name the usage: `#[session_usage(usage = expr)]`",
    note = "`serde_json::Value` implements it with the feature `serde_json` of `telemetry-runtime`, which `enabled` includes"
)]
pub trait UsageSource {
    /// Returns the usage. Returns `None` if the value contains none, such as an event in the middle of a
    /// stream; then nothing is recorded.
    fn usage(&self) -> Option<Usage>;

    /// Returns whether the value states that its request failed. An `Err` states a failure.
    fn failed(&self) -> bool {
        false
    }

    /// Returns the properties of the request that an event in the middle of a stream states without a usage: the id,
    /// the model, the reason of the end or of the failure, the counts so far. They complete the usage of a
    /// later event, and are recorded in its place if no event has a usage.
    fn partial(&self) -> Option<Usage> {
        None
    }

    /// Returns all values that a derived source states, whether they contain a usage or not.
    #[doc(hidden)]
    fn stated(&self) -> Usage {
        Usage::default()
    }

    /// Returns whether the call that returned this value is only a part of the request, as a
    /// `poll_next` is; the duration of the call is then not that of the request. A `Poll` returns true.
    #[doc(hidden)]
    fn is_part(&self) -> bool {
        false
    }

    /// Returns whether an item of a stream has content: text, reasoning or a tool call. The first item with
    /// content ends the time to the first token.
    ///
    /// A derived enum returns `false` for a variant without fields, and for one of which every field is marked
    /// `#[usage]`.
    fn has_content(&self) -> bool {
        true
    }

    /// Calls `each` with the properties and the usage that each item of this value states, in the order of the items.
    #[doc(hidden)]
    fn each_part(&self, each: &mut dyn FnMut(UsagePart)) {
        if let Some(partial) = self.partial() {
            each(UsagePart::of_properties(partial));
        }
        self.each_usage(&mut |usage| each(UsagePart::of_usage(usage)));
    }

    /// Calls `each` with the usage of every request in this value; a `Vec` may contain several requests.
    #[doc(hidden)]
    fn each_usage(&self, each: &mut dyn FnMut(Usage)) {
        if let Some(usage) = self.usage() {
            each(usage);
        }
    }
}

/// A `Usage` states itself, if it has a token count or a cost, or if one was refused.
impl UsageSource for Usage {
    fn usage(&self) -> Option<Usage> {
        self.is_of_answer().then(|| self.clone())
    }
}

macro_rules! through {
    ($($ty:ty)*) => {$(
        impl<T: UsageSource + ?Sized> UsageSource for $ty {
            fn usage(&self) -> Option<Usage> {
                (**self).usage()
            }
            fn failed(&self) -> bool {
                (**self).failed()
            }
            fn partial(&self) -> Option<Usage> {
                (**self).partial()
            }
            fn is_part(&self) -> bool {
                (**self).is_part()
            }
            fn each_usage(&self, each: &mut dyn FnMut(Usage)) {
                (**self).each_usage(each);
            }
            fn has_content(&self) -> bool {
                (**self).has_content()
            }
            fn each_part(&self, each: &mut dyn FnMut(UsagePart)) {
                (**self).each_part(each);
            }
        }
    )*};
}
through!(&T &mut T Box<T> Arc<T>);

impl<T: UsageSource> UsageSource for Option<T> {
    fn usage(&self) -> Option<Usage> {
        self.as_ref().and_then(UsageSource::usage)
    }
    fn failed(&self) -> bool {
        self.as_ref().is_some_and(UsageSource::failed)
    }
    fn partial(&self) -> Option<Usage> {
        self.as_ref().and_then(UsageSource::partial)
    }
    fn each_usage(&self, each: &mut dyn FnMut(Usage)) {
        if let Some(source) = self {
            source.each_usage(each);
        }
    }
    fn has_content(&self) -> bool {
        matches!(self, Some(source) if source.has_content())
    }
    fn each_part(&self, each: &mut dyn FnMut(UsagePart)) {
        if let Some(source) = self {
            source.each_part(each);
        }
    }
}

impl<T: UsageSource, E> UsageSource for Result<T, E> {
    fn usage(&self) -> Option<Usage> {
        self.as_ref().ok().and_then(UsageSource::usage)
    }
    fn failed(&self) -> bool {
        self.as_ref().map_or(true, UsageSource::failed)
    }
    fn partial(&self) -> Option<Usage> {
        self.as_ref().ok().and_then(UsageSource::partial)
    }
    fn each_usage(&self, each: &mut dyn FnMut(Usage)) {
        if let Ok(source) = self {
            source.each_usage(each);
        }
    }
    fn has_content(&self) -> bool {
        matches!(self, Ok(source) if source.has_content())
    }
    fn each_part(&self, each: &mut dyn FnMut(UsagePart)) {
        if let Ok(source) = self {
            source.each_part(each);
        }
    }
}

impl<T: UsageSource> UsageSource for Poll<T> {
    fn usage(&self) -> Option<Usage> {
        match self {
            Self::Ready(source) => source.usage(),
            Self::Pending => None,
        }
    }
    fn failed(&self) -> bool {
        matches!(self, Self::Ready(source) if source.failed())
    }
    fn partial(&self) -> Option<Usage> {
        match self {
            Self::Ready(source) => source.partial(),
            Self::Pending => None,
        }
    }
    fn is_part(&self) -> bool {
        true
    }
    fn each_usage(&self, each: &mut dyn FnMut(Usage)) {
        if let Self::Ready(source) = self {
            source.each_usage(each);
        }
    }
    fn has_content(&self) -> bool {
        matches!(self, Self::Ready(source) if source.has_content())
    }
    fn each_part(&self, each: &mut dyn FnMut(UsagePart)) {
        if let Self::Ready(source) = self {
            source.each_part(each);
        }
    }
}

/// The events of one stream, or the answers to several requests. Answers with different ids are different
/// requests; chunks of one stream are one request, whatever their ids are. [`usage`](UsageSource::usage)
/// returns the last request.
impl<T: UsageSource> UsageSource for Vec<T> {
    fn usage(&self) -> Option<Usage> {
        let mut last = None;
        self.each_usage(&mut |usage| last = Some(usage));
        last
    }
    fn failed(&self) -> bool {
        self.iter().any(UsageSource::failed)
    }
    fn partial(&self) -> Option<Usage> {
        let mut known = None;
        self.each_part(&mut |part| {
            if !part.is_usage {
                known = Some(match known.take() {
                    Some(before) if part.is_of_another(&before) => part,
                    Some(before) => before.followed_by(part),
                    None => part,
                });
            }
        });
        let usage = known.map(UsagePart::finish)?;
        (usage != Usage::default()).then_some(usage)
    }
    fn each_usage(&self, each: &mut dyn FnMut(Usage)) {
        let mut assembly = Assembly::default();
        let mut each_request = |request: Option<UsagePart>| {
            if let Some(request) = request.filter(|request| request.is_usage) {
                each(request.finish());
            }
        };
        self.each_part(&mut |part| each_request(assembly.add(part)));
        each_request(assembly.finish());
    }
    fn has_content(&self) -> bool {
        self.iter().any(UsageSource::has_content)
    }
    fn each_part(&self, each: &mut dyn FnMut(UsagePart)) {
        for source in self {
            source.each_part(each);
        }
    }
}

/// An answer together with other return values, such as its headers: the first member is the source.
macro_rules! tuples {
    ($(($($other:ident)*))*) => {$(
        impl<T: UsageSource, $($other),*> UsageSource for (T, $($other,)*) {
            fn usage(&self) -> Option<Usage> {
                self.0.usage()
            }
            fn failed(&self) -> bool {
                self.0.failed()
            }
            fn partial(&self) -> Option<Usage> {
                self.0.partial()
            }
            fn is_part(&self) -> bool {
                self.0.is_part()
            }
            fn each_usage(&self, each: &mut dyn FnMut(Usage)) {
                self.0.each_usage(each);
            }
            fn has_content(&self) -> bool {
                self.0.has_content()
            }
            fn each_part(&self, each: &mut dyn FnMut(UsagePart)) {
                self.0.each_part(each);
            }
        }
    )*};
}
tuples!(()(B)(B C)(B C D));

#[cfg(test)]
mod tests {
    use std::sync::Arc;
    use std::task::Poll;

    use super::{Usage, UsageSource};

    fn usage(id: &str, prompt_tokens: u64) -> Usage {
        Usage {
            request_id: Some(id.to_owned()),
            prompt_tokens: Some(prompt_tokens),
            ..Usage::default()
        }
    }

    #[test]
    fn a_wrapper_of_a_source_has_its_usage() {
        let own = usage("1", 7);
        let expected = Some(own.clone());
        assert_eq!((&&own).usage(), expected);
        assert_eq!(Box::new(own.clone()).usage(), expected);
        assert_eq!(Arc::new(own.clone()).usage(), expected);
        assert_eq!(Some(own.clone()).usage(), expected);
        assert_eq!(Ok::<_, ()>(own.clone()).usage(), expected);
        assert_eq!(
            Poll::Ready(Some(Ok::<_, ()>(own.clone()))).usage(),
            expected
        );
        assert_eq!(vec![own.clone()].usage(), expected);
        // The other members of a tuple need not be sources.
        assert_eq!((own.clone(),).usage(), expected);
        assert_eq!((own.clone(), "header").usage(), expected);
        assert_eq!((Ok::<_, ()>(own.clone()), 1, 'x', ()).usage(), expected);
        let failed: (Result<Usage, ()>, u8) = (Err(()), 1);
        assert!(failed.failed() && failed.usage().is_none());
        assert!((Poll::Ready(own), 0_u8).is_part());
    }

    #[test]
    fn the_last_usage_of_each_request_counts() {
        let all = vec![usage("1", 1), usage("1", 3), usage("2", 5)];
        let mut each = Vec::new();
        (all, "beside").each_usage(&mut |usage| each.push(usage.prompt_tokens));
        assert_eq!(each, [Some(3), Some(5)]);
    }

    #[test]
    fn the_last_usage_of_a_request_is_completed_by_earlier_ones() {
        let first = Usage {
            cached_tokens: Some(5),
            ..usage("1", 7)
        };
        // The last chunk of some providers has no id.
        let last = Usage {
            request_id: None,
            completion_tokens: Some(3),
            ..usage("", 8)
        };
        let mut each = Vec::new();
        vec![first, usage("1", 7), last].each_usage(&mut |usage| each.push(usage));
        let whole = Usage {
            cached_tokens: Some(5),
            completion_tokens: Some(3),
            ..usage("1", 8)
        };
        assert_eq!(each, [whole]);
    }
}
