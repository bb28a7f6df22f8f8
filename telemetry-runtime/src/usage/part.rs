//! The parts that are combined into the usage of a request: the items of a stream, or whole answers.

use super::Usage;

/// The position of an item in its request.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Extent {
    /// The type of the item does not determine it.
    #[default]
    Unknown,
    /// A chunk: never the beginning of another request, whatever its id is.
    Chunk,
    /// The first event of an answer.
    Begins,
    /// The last event of an answer that has a first event.
    Ends,
    /// A whole answer, or the event that repeats it.
    Whole,
}

/// The statement of an item about its request, before the counts of all items are added up.
#[doc(hidden)]
#[derive(Clone, Debug, Default)]
pub struct UsagePart {
    pub(crate) usage: Usage,
    /// Whether the item contains a usage, and not only properties of the request or interim counts.
    pub(crate) is_usage: bool,
    pub(crate) extent: Extent,
    /// Whether the prompt count excludes the tokens read from and written to the cache.
    pub(crate) cache_is_apart: bool,
    /// Whether a count that belongs to the prompt was refused, so that the sum is unknown.
    pub(crate) prompt_is_unknown: bool,
}

impl UsagePart {
    /// Returns the part of an item with a usage whose type does not determine its position.
    pub(crate) fn of_usage(usage: Usage) -> Self {
        let extent = if usage.stream == Some(false) {
            Extent::Whole
        } else {
            Extent::Unknown
        };
        Self {
            usage,
            is_usage: true,
            extent,
            ..Self::default()
        }
    }

    /// Returns the part of an item without a usage.
    pub(crate) fn of_properties(usage: Usage) -> Self {
        Self {
            usage,
            ..Self::default()
        }
    }

    /// Returns whether the part may belong to another request than `earlier`: both parts have ids, the ids differ, and this part
    /// is not a chunk.
    pub(crate) fn is_of_another(&self, earlier: &Self) -> bool {
        self.extent != Extent::Chunk && self.usage.is_of_another(&earlier.usage)
    }

    /// Merges a later part of the same request. Later values take precedence, but an interim value does not
    /// replace one of a usage, and a zero count does not replace a known one.
    #[must_use]
    pub(crate) fn followed_by(self, later: Self) -> Self {
        let cache_is_apart = self.cache_is_apart || later.cache_is_apart;
        let prompts = [self.usage.prompt_tokens, later.usage.prompt_tokens];
        let mut usage = if self.is_usage && !later.is_usage {
            self.usage.clone().or(later.usage)
        } else {
            later.usage.after(self.usage.clone())
        };
        if let [Some(apart), Some(included)] = prompts
            && cache_is_apart
            && usage.is_cache_included_later(apart, included)
        {
            usage.prompt_tokens = Some(apart);
        }
        Self {
            usage,
            is_usage: self.is_usage || later.is_usage,
            extent: later.extent,
            cache_is_apart,
            prompt_is_unknown: self.prompt_is_unknown || later.prompt_is_unknown,
        }
    }

    /// Returns the usage of the request, whose prompt and completion counts include all of their parts.
    pub(crate) fn finish(self) -> Usage {
        self.with_cache().including_parts()
    }

    /// Adds the tokens of the cache to a prompt count that excludes them. A total, which some gateways add, decides
    /// whether the count does so.
    fn with_cache(self) -> Usage {
        let mut usage = self.usage;
        if !self.cache_is_apart {
            return usage;
        }
        match usage.stood_outside() {
            _ if self.prompt_is_unknown => {}
            // `including_parts` adds these.
            Some(outside) if outside.any() => return usage,
            // The gateway has made the total of input and output without the cache, which they cannot contain.
            Some(_) if usage.has_more_cache_than_prompt() => usage.total_tokens = None,
            Some(_) => return usage,
            None => {}
        }
        let parts = [
            usage.prompt_tokens,
            usage.cached_tokens,
            usage.cache_write_tokens,
        ];
        let sum = |parts: &[Option<u64>]| {
            let mut known = parts.iter().flatten();
            known.try_fold(0_u64, |sum, count| sum.checked_add(*count))
        };
        usage.prompt_tokens = if parts[0].is_none() || self.prompt_is_unknown {
            None
        } else {
            let prompt = sum(&parts);
            if prompt.is_none() {
                usage.refused_counts = usage.refused_counts.saturating_add(1);
            }
            prompt
        };
        usage
    }
}

/// Combines the items of a stream or a list into requests.
#[derive(Default)]
pub(crate) struct Assembly {
    request: Option<UsagePart>,
    /// The ids of the first and of the last item that have one.
    ids: Option<[String; 2]>,
    /// Whether an item without a type of its own belongs to the request in progress, whatever its id is.
    is_stream: bool,
    /// Whether a whole answer has ended, so that the next one is another request.
    is_complete: bool,
    has_begun: bool,
    /// The id under which the request is recorded already.
    recorded_id: Option<String>,
}

impl Assembly {
    /// Returns an assembly of the items of one stream.
    pub(crate) fn of_stream() -> Self {
        Self {
            is_stream: true,
            ..Self::default()
        }
    }

    /// Adds an item. Returns the request before, if the item belongs to another one.
    pub(crate) fn add(&mut self, part: UsagePart) -> Option<UsagePart> {
        let id = part.usage.request_id.as_deref();
        let id = id.filter(|id| !id.is_empty());
        let has_another_id = || match (&self.ids, id) {
            (Some(known), Some(id)) => !known.iter().any(|known| known == id),
            // Without ids, an answer with equal counts is a repetition.
            (None, None) => {
                let earlier = self.request.as_ref().map(|request| request.usage.counts());
                self.is_complete && earlier != Some(part.usage.counts())
            }
            _ => false,
        };
        let has_usage = self.request.as_ref().is_some_and(|before| before.is_usage);
        let is_another = match part.extent {
            Extent::Whole => has_usage,
            Extent::Begins => self.is_complete,
            Extent::Unknown => has_usage && !self.is_stream,
            Extent::Chunk | Extent::Ends => false,
        };
        let before = if is_another && has_another_id() {
            let is_stream = self.is_stream;
            let before = std::mem::take(self).request;
            self.is_stream = is_stream;
            before
        } else {
            None
        };
        if let Some(id) = id {
            let ids = self
                .ids
                .get_or_insert_with(|| [id.to_owned(), String::new()]);
            id.clone_into(&mut ids[1]);
        }
        match part.extent {
            Extent::Whole => self.is_complete = true,
            Extent::Ends => self.is_complete |= self.has_begun,
            Extent::Begins => self.has_begun = true,
            // An item of no type in a list with chunks is a chunk.
            Extent::Chunk => self.is_stream = true,
            Extent::Unknown => {}
        }
        self.request = Some(match self.request.take() {
            Some(request) => request.followed_by(part),
            None => part,
        });
        before
    }

    /// Returns whether the request in progress has a usage.
    pub(crate) fn has_usage(&self) -> bool {
        self.request.as_ref().is_some_and(|part| part.is_usage)
    }

    /// Returns the request in progress if it has a usage, under the id of its record if it has one.
    pub(crate) fn in_progress(&self) -> Option<UsagePart> {
        let mut request = self.request.clone().filter(|request| request.is_usage)?;
        if self.recorded_id.is_some() {
            request.usage.request_id.clone_from(&self.recorded_id);
        }
        Some(request)
    }

    /// Notes the id of the record of the request in progress.
    pub(crate) fn set_recorded_id(&mut self, id: String) {
        self.recorded_id.get_or_insert(id);
    }

    pub(crate) fn recorded_id(&self) -> Option<&str> {
        self.recorded_id.as_deref()
    }

    /// Returns the last request.
    pub(crate) fn finish(self) -> Option<UsagePart> {
        self.request
    }
}
