//! One attribute of this crate on a function, which may have several.

use std::collections::HashSet;

use proc_macro2::TokenStream;

use crate::model::{Model, Runtime};
use crate::shape::Shape;

/// Identifiers.
pub(crate) type Words = HashSet<String>;

/// A checked attribute.
pub(crate) struct Layer {
    model: Model,
    /// The identifiers of the attribute's arguments: a parameter among them is used.
    words: Words,
}

impl Layer {
    pub(crate) fn new(model: Model, words: Words) -> Self {
        Self { model, words }
    }

    /// Notes in each request that the function has a span, if it has one.
    pub(crate) fn join(layers: &mut [Self]) {
        let span = layers.iter().find_map(|layer| match &layer.model {
            Model::Span(span) => Some(span.root),
            Model::Usage(_) => None,
        });
        for layer in layers {
            if let Model::Usage(usage) = &mut layer.model {
                usage.span = span.filter(|_| usage.usage.is_none());
            }
        }
    }

    pub(super) fn model(&self) -> &Model {
        &self.model
    }

    pub(super) fn shape(&self) -> Shape {
        match &self.model {
            Model::Span(span) => span.shape,
            Model::Usage(usage) => usage.shape,
        }
    }

    pub(super) fn runtime(&self) -> &Runtime {
        match &self.model {
            Model::Span(span) => &span.runtime,
            Model::Usage(usage) => &usage.runtime,
        }
    }
}

/// The identifiers of the arguments of all layers.
pub(super) fn words(layers: &[Layer]) -> Words {
    layers
        .iter()
        .flat_map(|layer| layer.words.clone())
        .collect()
}

/// The statements of a layer around a call of the body.
pub(super) struct Observed {
    pub(super) before: TokenStream,
    /// Statements that end in the value of the function. The local `returned` is the value of the body.
    pub(super) after: TokenStream,
}
