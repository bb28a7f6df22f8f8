//! One attribute of this crate on a function, which may have several.

use std::collections::HashSet;

use proc_macro2::TokenStream;

use crate::model::turn::TurnModel;
use crate::model::{Model, Runtime};
use crate::shape::Shape;

/// A set of identifiers.
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

    /// Notes in each request that the function has a span, if it has one, and adds the layer of a turn.
    pub(crate) fn join(layers: &mut Vec<Self>) {
        let span = layers.iter().find_map(|layer| match &layer.model {
            // The request of an operation is a span below it, because each of the two has a name of its own.
            Model::Span(span) => span.operation.is_none().then_some(span.root),
            Model::Usage(_) | Model::Turn(_) => None,
        });
        for layer in layers.iter_mut() {
            if let Model::Usage(usage) = &mut layer.model {
                usage.span = span.filter(|_| usage.usage.is_none());
            }
        }
        let turn = layers.iter().find_map(|layer| match &layer.model {
            Model::Span(span) => TurnModel::of(span),
            Model::Usage(_) | Model::Turn(_) => None,
        });
        layers.extend(turn.map(|turn| Self::new(Model::Turn(turn), Words::new())));
    }

    pub(super) fn model(&self) -> &Model {
        &self.model
    }

    pub(super) fn shape(&self) -> Shape {
        match &self.model {
            Model::Span(span) => span.shape,
            Model::Usage(usage) => usage.shape,
            Model::Turn(turn) => turn.shape,
        }
    }

    pub(super) fn runtime(&self) -> &Runtime {
        match &self.model {
            Model::Span(span) => &span.runtime,
            Model::Usage(usage) => &usage.runtime,
            Model::Turn(turn) => &turn.runtime,
        }
    }
}

/// Returns the identifiers of the arguments of all layers.
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
