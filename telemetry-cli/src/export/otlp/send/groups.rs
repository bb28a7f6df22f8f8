//! Records by the resource that made them.

use opentelemetry_proto::tonic::resource::v1::Resource;

/// Records by the resource that made them.
#[derive(Debug)]
pub(super) struct Groups<T>(pub(super) Vec<(Resource, Vec<T>)>);

impl<T> Default for Groups<T> {
    fn default() -> Self {
        Self(Vec::new())
    }
}

impl<T> Groups<T> {
    /// Adds a record.
    pub(super) fn add(&mut self, resource: &Resource, record: T) {
        match self.0.iter_mut().find(|(known, _)| known == resource) {
            Some((_, records)) => records.push(record),
            None => self.0.push((resource.clone(), vec![record])),
        }
    }
}
