//! The table `[telemetry.pricing]`: the user's own prices, and a price map in LiteLLM's format.

use std::fmt::Display;
use std::fs;
use std::path::PathBuf;
use std::str::FromStr;

use telemetry_schema::nearest::nearest;
use telemetry_schema::pricing::{ModelPrice, Multiplier, PriceMap, Rate};
use telemetry_schema::sort::sort;
use toml::de::{DeTable, DeValue};

use super::document::{Document, Section, in_file_order};
use super::invalid::{self, InvalidValue};
use super::{Config, value};
use crate::enabled::usage::MAX_MAP_LEN;

/// The key with the path of a price map.
const PRICE_MAP: &str = "price_map";

/// The key with the most input tokens of a request to a model, from which `/status` shows the context that is left.
const MAX_INPUT_TOKENS: &str = "max_input_tokens";

/// Ten thousand dollars per million tokens. A larger number is probably the price of a million tokens.
const SUSPICIOUS_PRICE: &str = "0.01";

/// The prices for answers that do not state a cost.
#[derive(Clone, Debug, Default)]
pub(crate) struct Pricing {
    /// The user's own prices.
    pub(crate) prices: PriceMap,
    /// The absolute path of the price map.
    pub(crate) map: Option<PathBuf>,
    /// The text of the warning about the file of the price map.
    pub(crate) map_problem: Option<String>,
    /// Each key with the text of its value, in the order of the file.
    pub(super) texts: Vec<(String, String)>,
}

/// Returns whether a table has a price map or prices of a model, and not settings of a host.
pub(super) fn is_pricing(table: &DeTable<'_>) -> bool {
    table.contains_key(PRICE_MAP)
        || table.values().any(|model| {
            let fields = model.get_ref().as_table();
            fields.is_some_and(|fields| {
                fields
                    .keys()
                    .any(|key| ModelPrice::has_field(key.get_ref()))
            })
        })
}

/// Reads the table.
pub(super) fn read(config: &mut Config, document: &mut Document<'_>, table: &DeTable<'_>) {
    let section = Section::new("telemetry.pricing", table, &[PRICE_MAP]);
    let warnings = document.warnings();
    if let Some(map) = section.path(document, PRICE_MAP) {
        let map: PathBuf = config.home.join(map).components().collect();
        // The warning about a part of the path that is not expanded explains the missing file.
        let is_explained = document.warnings() > warnings;
        if let (Some(at), Some(why)) = (
            document.offset_of(&section.key(PRICE_MAP)),
            problem_of(&map),
        ) {
            let problem = format!("{why}; its models are unpriced");
            let message = format!("{}: {problem}", map.display());
            if !is_explained {
                document.warning(at, section.key(PRICE_MAP), message);
            }
            config.pricing.map_problem = Some(problem);
        }
        let shown = invalid::quoted(&map.to_string_lossy());
        config.pricing.texts.push((section.key(PRICE_MAP), shown));
        config.pricing.map = Some(map);
    }
    for (name, found) in in_file_order(table) {
        let model = name.get_ref().as_ref();
        match found.get_ref() {
            _ if model == PRICE_MAP => {}
            _ if model.trim().is_empty() => document.invalid(
                name.span().start,
                section.key(model),
                "an empty name of a model",
                "the exact name, such as [telemetry.pricing.\"gpt-4o-mini\"]",
            ),
            DeValue::Table(fields) => {
                let section = Section::new(section.key(model), fields, &ModelPrice::FIELDS);
                let errors = document.errors();
                let price = read_model(config, document, &section, model, name.span().start);
                // A cost without one of the prices would be too low.
                if document.errors() == errors && !(price.is_empty() && fields.contains_key(MAX_INPUT_TOKENS)) {
                    config.pricing.prices.insert(model, price);
                }
            }
            other => document.invalid(
                name.span().start,
                section.key(model),
                value::described(other),
                format_args!(
                    "{PRICE_MAP} = \"prices.json\", or a table of a model's prices such as {{ input_cost_per_token = 1.5e-7, output_cost_per_token = 6e-7 }}"
                ),
            ),
        }
    }
}

fn read_model(
    config: &mut Config,
    document: &mut Document<'_>,
    section: &Section<'_, '_>,
    model: &str,
    at: usize,
) -> ModelPrice {
    let mut price = ModelPrice::of_model(model);
    let mut has_window = false;
    let mut has_mistake = false;
    let errors = document.errors();
    let warnings = document.warnings();
    for (name, found) in in_file_order(section.table) {
        let field = name.get_ref().as_ref();
        let at = name.span().start;
        if let DeValue::Table(inner) = found.get_ref() {
            if ModelPrice::TABLES.contains(&field) {
                let section = Section::new(section.key(field), inner, &[]);
                read_table(config, document, &section, field, &mut price);
                continue;
            }
            // `[telemetry.pricing.gpt-4.1]` is a table in a table.
            let meant = invalid::quoted(&format!("{model}.{field}"));
            let message = format!(
                "found a table; allowed: prices. The name of a model with a dot needs quotes: [telemetry.pricing.{meant}]"
            );
            document.error(at, section.key(field), message);
            has_mistake = true;
        } else if field == MAX_INPUT_TOKENS {
            has_window = true;
            if let Some((tokens, written)) = section.read_any(document, field, token_count) {
                config.pricing.prices.set_max_input_tokens(model, tokens);
                config.pricing.texts.push((section.key(field), written));
            }
        } else if ModelPrice::TABLES.contains(&field) {
            let allowed = if field == ModelPrice::TABLES[0] {
                "a table of fees such as { search_context_size_medium = 0.01 }"
            } else {
                "a table of factors such as { fast = 2 }"
            };
            let found = value::described(found.get_ref());
            document.invalid(at, section.key(field), found, allowed);
        } else if !ModelPrice::has_field(field) {
            has_mistake = true;
            document.warning(at, section.key(field), unknown(field));
        } else if let Some((rate, written)) = section.read_any(document, field, rate) {
            if SUSPICIOUS_PRICE
                .parse::<Rate>()
                .is_ok_and(|limit| rate > limit)
            {
                let message = format!(
                    "{written} dollars for each token; is that the price of a million? Then write {written}e-6"
                );
                document.warning(at, section.key(field), message);
            }
            price.set(field, rate);
            config.pricing.texts.push((section.key(field), written));
        }
    }
    has_mistake |= document.errors() > errors || document.warnings() > warnings;
    // The message about a mistake names the key that is probably meant, and is enough.
    if price.is_empty() && !has_window && !has_mistake {
        let message = format!("has no price; {USUAL}");
        document.warning(at, section.name.clone(), message);
    }
    price
}

/// Reads the fees of searches, or the multipliers of speeds and places.
fn read_table(
    config: &mut Config,
    document: &mut Document<'_>,
    section: &Section<'_, '_>,
    table: &str,
    price: &mut ModelPrice,
) {
    let is_of_searches = table == ModelPrice::TABLES[0];
    for (name, _) in in_file_order(section.table) {
        let field = name.get_ref().as_ref();
        let written = if is_of_searches {
            let Some((rate, written)) = section.read_any(document, field, rate) else {
                continue;
            };
            if !price.set_search(field, rate) {
                let size = format!("search_context_size_{field}");
                let message = if SEARCH_SIZES.split(", ").any(|key| key == size) {
                    format!("unknown key, ignored; did you mean `{size}`?")
                } else {
                    format!("unknown key, ignored; the keys here are {SEARCH_SIZES}")
                };
                document.warning(name.span().start, section.key(field), message);
                continue;
            }
            written
        } else {
            let Some((multiplier, written)) = section.read_any(document, field, multiplier) else {
                continue;
            };
            price.set_multiplier(field, multiplier);
            written
        };
        config.pricing.texts.push((section.key(field), written));
    }
}

const SEARCH_SIZES: &str =
    "search_context_size_low, search_context_size_medium, search_context_size_high";

fn unknown(field: &str) -> String {
    let all = ModelPrice::FIELDS
        .into_iter()
        .chain(ModelPrice::TABLES)
        .chain([MAX_INPUT_TOKENS]);
    let meant = same_kind(field).or_else(|| nearest(field, all));
    match meant {
        Some(meant) => format!("unknown key, ignored; did you mean `{meant}`?"),
        None => format!("unknown key, ignored; {USUAL}"),
    }
}

/// The keys that most models need, for messages.
const USUAL: &str = "the usual keys are input_cost_per_token, output_cost_per_token, cache_read_input_token_cost and \
                     cache_creation_input_token_cost, each in dollars for one token";

/// Words of other providers' keys, and the words of this table with their meaning.
const SYNONYMS: [(&str, &[&str]); 9] = [
    ("prompt", &["input"]),
    ("in", &["input"]),
    ("completion", &["output"]),
    ("out", &["output"]),
    ("cached", &["cache", "read", "input"]),
    ("write", &["creation", "input"]),
    ("reasoning", &["reasoning", "output"]),
    ("read", &["read", "input"]),
    ("creation", &["creation", "input"]),
];

/// Words of a key that do not determine the kind of tokens.
const UNITS: [&str; 11] = [
    "cost", "price", "per", "token", "tokens", "usd", "dollars", "million", "mtok", "1m", "1k",
];

/// Returns the price of the kind of tokens that a key names in other words: `input_cost_per_token` for `prompt_price`.
fn same_kind(field: &str) -> Option<&'static str> {
    let wanted = kinds(field);
    let mut all = ModelPrice::FIELDS.into_iter();
    all.find(|candidate| !wanted.is_empty() && kinds(candidate) == wanted)
}

/// Returns the words of a key that name a kind of tokens.
fn kinds(field: &str) -> Vec<&str> {
    let mut kinds = Vec::new();
    for word in field.split(|found: char| !found.is_alphanumeric()) {
        if word.is_empty() || UNITS.contains(&word) {
            continue;
        }
        match SYNONYMS.iter().find(|(found, _)| *found == word) {
            Some((_, meant)) => kinds.extend_from_slice(meant),
            None => kinds.push(word),
        }
    }
    sort(&mut kinds);
    kinds.dedup();
    kinds
}

/// Reads a price in dollars per token. Returns the price and its text.
fn rate(found: &DeValue<'_>) -> Result<(Rate, String), InvalidValue> {
    const ALLOWED: &str =
        "dollars for one token such as 1.5e-7, from 0 to 1000, with at most 28 decimals";
    number(found, ALLOWED)
}

/// Reads a number of tokens. Returns the number and its text.
fn token_count(found: &DeValue<'_>) -> Result<(u64, String), InvalidValue> {
    const ALLOWED: &str = "a number of tokens such as 128000";
    match value::integer(found) {
        Some(_) => number(found, ALLOWED),
        None => value::invalid(value::described(found), ALLOWED),
    }
}

/// Reads the multiplier of a price. Returns the multiplier and its text.
fn multiplier(found: &DeValue<'_>) -> Result<(Multiplier, String), InvalidValue> {
    const ALLOWED: &str = "numbers such as 1.1";
    number(found, ALLOWED)
}

fn number<T: FromStr<Err: Display>>(
    found: &DeValue<'_>,
    allowed: &'static str,
) -> Result<(T, String), InvalidValue> {
    let written = match found {
        DeValue::Float(number) => number.as_str(),
        DeValue::Integer(number) if number.radix() == 10 => number.as_str(),
        _ => return value::invalid(value::described(found), allowed),
    };
    let written = written.strip_prefix('+').unwrap_or(written);
    match written.parse() {
        Ok(number) => Ok((number, written.to_owned())),
        Err(why) => value::invalid(format!("{} ({why})", value::described(found)), allowed),
    }
}

/// Checks the file without reading it: it is read when a request needs it.
fn problem_of(map: &std::path::Path) -> Option<String> {
    // Not opened, because opening a pipe waits for its writer.
    match fs::metadata(map) {
        Ok(found) if !found.is_file() => Some("is not a regular file".to_owned()),
        Ok(found) if found.len() > MAX_MAP_LEN => {
            Some(format!("is longer than {MAX_MAP_LEN} bytes"))
        }
        Ok(_) => None,
        Err(error) => Some(format!("cannot be read: {error}")),
    }
}
