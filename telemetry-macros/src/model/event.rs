//! The checked arguments of `telemetry_event!` and `record!`.

use proc_macro2::TokenStream;

use super::Runtime;
use crate::arguments::event;
use crate::arguments::field::Field;
use crate::ctxt::Ctxt;

/// The checked arguments of `telemetry_event!`.
pub(crate) struct EventModel {
    pub(crate) runtime: Runtime,
    pub(crate) name: String,
    pub(crate) level: usize,
    pub(crate) log: Option<String>,
    pub(crate) fields: Vec<Field>,
}

/// The checked arguments of `record!`.
pub(crate) struct RecordModel {
    pub(crate) runtime: Runtime,
    pub(crate) fields: Vec<Field>,
}

/// Checks the arguments of an event. After an error about the name, the name is empty.
pub(crate) fn check(arguments: TokenStream, ctxt: &mut Ctxt) -> EventModel {
    let arguments = event::read(arguments, ctxt);
    EventModel {
        runtime: Runtime::new(arguments.runtime),
        name: arguments.name.map_or_else(String::new, |name| name.0),
        level: arguments.level.unwrap_or(telemetry_schema::level::DEFAULT),
        log: arguments.log,
        fields: arguments.fields,
    }
}

/// Checks the arguments of `record!`.
pub(crate) fn check_record(arguments: TokenStream, ctxt: &mut Ctxt) -> RecordModel {
    let arguments = event::read_record(arguments, ctxt);
    RecordModel {
        runtime: Runtime::new(arguments.runtime),
        fields: arguments.fields,
    }
}
