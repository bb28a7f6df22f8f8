//! `telemetry_event!` and `record!`.

use proc_macro2::{Ident, Span, TokenStream};
use quote::quote_spanned;

use super::{fields, tokens};
use crate::model::event::{EventModel, RecordModel};

// Output: {
//             let callsite = { static CALLSITE: Callsite = …; &CALLSITE };
//             if Callsite::is_enabled(callsite) {
//                 let mut fields = Fields::begin(callsite);
//                 FIELDS
//                 Fields::write(fields);
//             }
//         }
/// Expands an event, which is written where the macro is called.
pub(crate) fn expand(model: &EventModel) -> TokenStream {
    let site = Span::mixed_site();
    let EventModel { runtime, name, .. } = model;
    let level = tokens::level(runtime, model.level);
    let log = model.log.as_ref().map_or_else(
        || quote_spanned!(site=> None),
        |log| quote_spanned!(site=> Some(#log)),
    );
    let local = Ident::new("fields", site);
    let calls = fields::calls(runtime, &local, &model.fields);
    let mutable = fields::mutable(false, &model.fields);
    quote_spanned! {site=>
        {
            let callsite = {
                static CALLSITE: #runtime::Callsite = #runtime::Callsite::event(
                    #name,
                    #level,
                    #runtime::core::concat!(
                        #runtime::core::file!(),
                        ":",
                        #runtime::core::line!()
                    ),
                    #runtime::core::option::Option::#log,
                );
                &CALLSITE
            };
            if #runtime::Callsite::is_enabled(callsite) {
                let #mutable #local = #runtime::Fields::begin(callsite);
                #calls
                #runtime::Fields::write(#local);
            }
        }
    }
}

// Output: if let Some(mut fields) = late_fields() { FIELDS Fields::write(fields); }
/// Expands late fields of the current span.
pub(crate) fn expand_record(model: &RecordModel) -> TokenStream {
    let site = Span::mixed_site();
    let RecordModel { runtime, .. } = model;
    let local = Ident::new("fields", site);
    let calls = fields::calls(runtime, &local, &model.fields);
    quote_spanned! {site=>
        if let #runtime::core::option::Option::Some(mut #local) = #runtime::late_fields() {
            #calls
            #runtime::Fields::write(#local);
        }
    }
}

/// Expands an event or late fields where telemetry is compiled out.
pub(crate) use fields::unevaluated as compiled_out;
