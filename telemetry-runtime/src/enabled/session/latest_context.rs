//! How much of the context window the latest request of a session used.

use std::cmp::Ordering;

use telemetry_schema::record::{SessionRecord, Timestamp};

use crate::snapshot::data::ContextUsage;

/// The context of the latest answered request.
pub(super) struct LatestContext {
    ts: Timestamp,
    request_id: Option<String>,
    tokens: u64,
    /// The requested model.
    model: Option<String>,
    /// The names of the model, the most specific first.
    models: Vec<String>,
}

impl LatestContext {
    fn key(&self) -> (Timestamp, Option<&str>) {
        (self.ts, self.request_id.as_deref())
    }

    /// Returns the memory of the texts, in bytes.
    pub(super) fn bytes(&self) -> usize {
        let models = self
            .models
            .iter()
            .map(|model| model.capacity() + size_of::<String>());
        let texts = [&self.request_id, &self.model];
        let texts = texts.into_iter().flatten().map(String::capacity);
        models.sum::<usize>() + texts.sum::<usize>()
    }

    /// Notes the context of a request that was answered, if no later one is known.
    pub(super) fn note(latest: &mut Option<Self>, record: &SessionRecord<'_>) {
        if !record.is_ok() || !record.has_tokens() {
            return;
        }
        // An amendment adds to its request, in whichever order the two are read.
        let key = (record.ts, record.request_id.as_deref());
        let models = [
            &record.deployment_model,
            &record.response_model,
            &record.model,
        ];
        let models: Vec<&str> = models.into_iter().flatten().map(|model| &**model).collect();
        let order = latest.as_ref().map(|known| known.key().cmp(&key));
        match (latest, order) {
            (Some(_), Some(Ordering::Greater)) => {}
            (Some(context), Some(Ordering::Equal)) => {
                context.tokens = context.tokens.saturating_add(record.total());
                if context
                    .models
                    .iter()
                    .map(String::as_str)
                    .lt(models.iter().copied())
                {
                    context.model = record.model.as_deref().map(str::to_owned);
                    context.models = models.into_iter().map(str::to_owned).collect();
                }
            }
            (context, _) => {
                *context = Some(Self {
                    ts: record.ts,
                    request_id: record.request_id.as_deref().map(str::to_owned),
                    tokens: record.total(),
                    model: record.model.as_deref().map(str::to_owned),
                    models: models.into_iter().map(str::to_owned).collect(),
                });
            }
        }
    }

    /// Returns the requested model, which may differ from that of the latest request.
    pub(super) fn model(&self) -> Option<&str> {
        self.model.as_deref()
    }

    /// Returns the usage of the context window. `max_input_tokens` returns the window of a model.
    pub(super) fn usage(&self, max_input_tokens: impl Fn(&str) -> Option<u64>) -> ContextUsage {
        ContextUsage {
            tokens: self.tokens,
            window: self.models.iter().find_map(|model| max_input_tokens(model)),
        }
    }
}
