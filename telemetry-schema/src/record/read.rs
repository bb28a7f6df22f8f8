//! Records out of their lines: the keys of each kind, in the order in which they are written.
//!
//! A key is looked for where it is written, with a comparison each; a key out of order costs a
//! search. A key twice, or a needed one that is not there, makes the line no record, as `serde`
//! does, under test.

use super::scan::Scanner;
use super::value::Value;
use super::{Event, SessionRecord, Span, SpanStart};

/// A kind of record that is read without `serde`.
pub(super) trait Read<'a>: Default {
    /// Reads into a record that has nothing yet: it is large, and stays where it is.
    fn fill(&mut self, scanner: &mut Scanner<'a>) -> Option<()>;

    fn read(scanner: &mut Scanner<'a>) -> Option<Self> {
        let mut record = Self::default();
        record.fill(scanner)?;
        Some(record)
    }
}

/// `"key" field how`, in the order of the lines. How: `needed`, `optional`, or `skipped` where the value says
/// nothing that the type does not say.
macro_rules! keys {
    ($record:ident { $($key:literal $field:ident $how:ident,)* }) => {
        /// A key that is missing here would be read as absent.
        const _: fn(&$record<'_>) = |$record { $($field: _,)* }| ();

        impl<'a> Read<'a> for $record<'a> {
            #[allow(non_upper_case_globals, non_camel_case_types)]
            fn fill(&mut self, scanner: &mut Scanner<'a>) -> Option<()> {
                /// The place of each key among the bits of those that were read.
                enum Place { $($field,)* }
                const NEEDED: u64 = 0 $(| keys!($how Place::$field))*;
                let mut read = 0_u64;
                let record = self;
                let mut more = scanner.open_object()?;
                'keys: while more {
                    let round = scanner.at();
                    $(
                        if scanner.eat(concat!("\"", $key, "\":")) {
                            if read & (1_u64 << Place::$field as u32) != 0 {
                                return None;
                            }
                            read |= 1_u64 << Place::$field as u32;
                            scanner.space();
                            keys!($how record $field scanner);
                            more = scanner.next_key()?;
                            if !more {
                                break 'keys;
                            }
                        }
                    )*
                    if scanner.at() > round {
                        continue;
                    }
                    // Unknown, or not written as our writer does.
                    match &*scanner.key()? {
                        $(
                            $key => {
                                if read & (1_u64 << Place::$field as u32) != 0 {
                                    return None;
                                }
                                read |= 1_u64 << Place::$field as u32;
                                keys!($how record $field scanner);
                            }
                        )*
                        key => {
                            scanner.met_type |= key == "type";
                            scanner.skip_value()?;
                        }
                    }
                    more = scanner.next_key()?;
                }
                scanner.end()?;
                (read & NEEDED == NEEDED).then_some(())
            }
        }
    };
    (needed $bit:path) => { 1_u64 << $bit as u32 };
    ($how:ident $bit:path) => { 0 };
    (skipped $record:ident $field:ident $scanner:ident) => { $scanner.skip_value()? };
    ($how:ident $record:ident $field:ident $scanner:ident) => {
        $record.$field.fill($scanner)?
    };
}

keys!(Span {
    "ts" ts needed,
    "type" tag skipped,
    "name" name needed,
    "level" level optional,
    "id" id needed,
    "parent" parent optional,
    "thread" thread optional,
    "dur_ns" dur_ns needed,
    "busy_ns" busy_ns optional,
    "polls" polls optional,
    "outcome" outcome optional,
    "error" error optional,
    "ret" ret optional,
    "session_id" session_id optional,
    "src" src optional,
    "fields" fields optional,
});

keys!(SpanStart {
    "ts" ts needed,
    "type" tag skipped,
    "name" name needed,
    "level" level optional,
    "id" id needed,
    "parent" parent optional,
    "thread" thread optional,
    "session_id" session_id optional,
    "src" src optional,
    "fields" fields optional,
});

keys!(Event {
    "ts" ts needed,
    "type" tag skipped,
    "name" name needed,
    "level" level optional,
    "parent" parent optional,
    "thread" thread optional,
    "session_id" session_id optional,
    "src" src optional,
    "fields" fields optional,
});

keys!(SessionRecord {
    "ts" ts needed,
    "v" v optional,
    "session_id" session_id needed,
    "parent_session_id" parent_session_id optional,
    "turn" turn optional,
    "request_id" request_id optional,
    "model" model optional,
    "response_model" response_model optional,
    "reasoning_effort" reasoning_effort optional,
    "prompt_tokens" prompt_tokens optional,
    "cached_tokens" cached_tokens optional,
    "cache_write_tokens" cache_write_tokens optional,
    "completion_tokens" completion_tokens optional,
    "reasoning_tokens" reasoning_tokens optional,
    "total_tokens" total_tokens optional,
    "attempt" attempt optional,
    "retry_cause" retry_cause optional,
    "stream" stream optional,
    "outcome" outcome optional,
    "latency_ms" latency_ms optional,
    "ttft_ms" ttft_ms optional,
    "cost_usd" cost_usd optional,
    "cost_source" cost_source optional,
    "error_class" error_class optional,
    "finish_reason" finish_reason optional,
    "service_tier" service_tier optional,
    "deployment_id" deployment_id optional,
    "deployment_model" deployment_model optional,
    "deployment_group" deployment_group optional,
    "call_id" call_id optional,
    "proxy_retries" proxy_retries optional,
    "proxy_fallbacks" proxy_fallbacks optional,
});
