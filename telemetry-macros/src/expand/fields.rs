//! The calls that record fields.

use proc_macro2::{Ident, Span, TokenStream};
use quote::quote_spanned;

use super::tokens::{borrow, contained};
use crate::arguments::field::{Capture, Field};
use crate::arguments::operation::Operation;
use crate::model::Runtime;

// Input:  count = n
// Output: Fields::value(&mut fields, "count", &n);
/// One call for each field, on `local`.
pub(crate) fn calls(runtime: &Runtime, local: &Ident, fields: &[Field]) -> TokenStream {
    fields
        .iter()
        .map(|field| {
            let site = Span::mixed_site().located_at(field.span);
            let key = &field.key;
            let value = borrow(&field.value);
            let method = match (field.capture, field.content) {
                (Capture::Value, false) => "value",
                (Capture::Display, false) => "display",
                (Capture::Debug, false) => "debug",
                (Capture::Value, true) => "content",
                (Capture::Display, true) => "content_display",
                (Capture::Debug, true) => "content_debug",
                (Capture::Redacted, _) => {
                    // The value is not evaluated, and is used for rustc's lints.
                    let unevaluated = unevaluated(runtime, std::slice::from_ref(field));
                    return quote_spanned! {site=>
                        #unevaluated
                        #runtime::Fields::redacted(&mut #local, #key);
                    };
                }
            };
            let method = Ident::new(method, site);
            let call = quote_spanned!(site=> #runtime::Fields::#method(&mut #local, #key, #value););
            contained(runtime, &field.value, &call)
        })
        .collect()
}

// Input:  operation = "execute_tool", tool = name
// Output: Fields::operation(&mut fields, "execute_tool"); Fields::operation_text(&mut fields, "tool", &name);
/// Returns the calls that record an operation, on `local`.
pub(crate) fn operation(runtime: &Runtime, local: &Ident, operation: &Operation) -> TokenStream {
    let site = Span::mixed_site();
    let Operation { name, names, .. } = operation;
    let names = names.iter().map(|(key, text)| {
        let method = Ident::new(&format!("operation_{}", text.form.method()), site);
        let value = borrow(&text.value);
        let call = quote_spanned!(site=> #runtime::Fields::#method(&mut #local, #key, #value););
        contained(runtime, &text.value, &call)
    });
    quote_spanned! {site=>
        #runtime::Fields::operation(&mut #local, #name);
        #(#names)*
    }
}

/// `mut` for a local of fields that are added, or that `also` is set on.
pub(crate) fn mutable(also: bool, fields: &[Field]) -> Option<TokenStream> {
    (also || !fields.is_empty()).then(|| quote_spanned!(Span::mixed_site()=> mut))
}

// Input:  count = n, ?cause
// Output: if false { let _ = (&n, &cause); }
/// Returns the fields where telemetry is compiled out: the values are used, so that no variable is unused, and are
/// not evaluated.
pub(crate) fn unevaluated(runtime: &Runtime, fields: &[Field]) -> TokenStream {
    let site = Span::mixed_site();
    let values = fields.iter().map(|field| {
        let value = borrow(&field.value);
        contained(
            runtime,
            &field.value,
            &quote_spanned!(site=> let _ = #value;),
        )
    });
    quote_spanned! {site=>
        if false {
            #(#values)*
        }
    }
}
