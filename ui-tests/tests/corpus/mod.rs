//! A corpus of functions with findings of Clippy: each body in each shape of function, and functions whose finding
//! is in their signature.

use std::fmt::Write as _;

/// A shape of function. `{name}` is its name, and `{body}` a body that uses `n`, `text` and `values`.
struct Shape {
    name: &'static str,
    /// What a value is wrapped in: `Ok`, or nothing.
    wrap: &'static str,
    item: &'static str,
    annotation: &'static str,
}

const SHAPES: [Shape; 15] = [
    Shape {
        name: "plain",
        wrap: "",
        item: "{@}pub fn {name}(n: usize, text: &str, values: &[u8]) -> usize {body}",
        annotation: "#[telemetry_span(\"c.plain\")]",
    },
    Shape {
        name: "result",
        wrap: "Ok",
        item: "{@}pub fn {name}(n: usize, text: &str, values: &[u8]) -> Result<usize, String> {body}",
        annotation: "#[telemetry_span(\"c.result\", err, fields(n, len = text.len()))]",
    },
    Shape {
        name: "owned",
        wrap: "",
        item: "{@}pub fn {name}(n: usize, text: String, values: Vec<u8>) -> usize {body}",
        annotation: "#[telemetry_span(\"c.owned\", root)]",
    },
    Shape {
        name: "owned_result",
        wrap: "Ok",
        item: "{@}pub fn {name}(n: usize, text: String, values: Vec<u8>) -> Result<usize, String> {body}",
        annotation: "#[telemetry_span(\"c.owned_result\")]",
    },
    Shape {
        name: "owned_text",
        wrap: "Ok",
        item: "{@}pub fn {name}(n: usize, text: String, values: Vec<u8>) -> Result<usize, String> {body}",
        annotation: "#[telemetry_span(\"c.owned_text\", err, ret, fields(text))]",
    },
    Shape {
        name: "asynchronous",
        wrap: "",
        item: "{@}pub async fn {name}(n: usize, text: &str, values: &[u8]) -> usize {body}",
        annotation: "#[telemetry_span(\"c.async\", fields(n))]",
    },
    Shape {
        name: "asynchronous_result",
        wrap: "Ok",
        item: "{@}pub async fn {name}(n: usize, text: String, values: Vec<u8>) -> Result<usize, String> {body}",
        annotation: "#[telemetry_span(\"c.async.result\", err, ret)]",
    },
    Shape {
        name: "method",
        wrap: "Ok",
        item: "impl Host { {@}pub fn {name}(&self, n: usize, text: &str, values: &[u8]) -> Result<usize, String> {body} }",
        annotation: "#[telemetry_span(\"c.method\", fields(id = self.id))]",
    },
    Shape {
        name: "unique",
        wrap: "",
        item: "impl Host { {@}pub fn {name}(&mut self, n: usize, text: &str, values: &[u8]) -> usize {body} }",
        annotation: "#[telemetry_span(\"c.unique\")]",
    },
    Shape {
        name: "consuming",
        wrap: "Ok",
        item: "impl Host { {@}pub fn {name}(self, n: usize, text: &str, values: &[u8]) -> Result<usize, String> {body} }",
        annotation: "#[telemetry_span(\"c.consuming\", err)]",
    },
    Shape {
        name: "method_async",
        wrap: "Ok",
        item: "impl Host { {@}pub async fn {name}(&self, n: usize, text: &str, values: &[u8]) -> Result<usize, String> {body} }",
        annotation: "#[telemetry_span(\"c.method.async\")]",
    },
    Shape {
        name: "generic",
        wrap: "Ok",
        item: "{@}pub fn {name}<const N: usize, T: Clone>(n: usize, text: &str, values: [u8; N], _more: T) -> Result<usize, String> where T: Send {body}",
        annotation: "#[telemetry_span(\"c.generic\", fields(size = N))]",
    },
    Shape {
        name: "unsafety",
        wrap: "Ok",
        item: "{@}pub unsafe fn {name}(n: usize, text: &str, values: &[u8]) -> Result<usize, String> {body}",
        annotation: "#[telemetry_span(\"c.unsafe\")]",
    },
    Shape {
        name: "in_place",
        wrap: "Ok",
        item: "impl Widget { {@}pub fn {name}(mut self, n: usize, text: &str, values: &[u8]) -> Result<usize, String> {body} }",
        annotation: "#[telemetry_span(\"c.in_place\", err, fields(id = self.n))]",
    },
    Shape {
        name: "opaque",
        wrap: "",
        item: "{@}pub fn {name}(n: usize, text: &'static str, values: &'static [u8]) -> impl Future<Output = usize> { async move {body} }",
        annotation: "#[telemetry_span(\"c.opaque\", future)]",
    },
];

/// Bodies with a finding each, or with none. `@(…)` is the value in the form of the shape.
const BODIES: [&str; 46] = [
    "{ @(n + text.len() + values.len()) }",
    "{ return @(n); }",
    "{ if text.is_empty() { return @(1); } @(n) }",
    "{ if text.is_empty() { return @(1); } return @(n); }",
    "{ if n == 1 { return @(1); } else { @(values.len()) } }",
    "{ let value = @(n + 1); value }",
    "{ match n { 0 => @(1), 1 => { return @(2); } _ => return @(3) } }",
    "{ match n { 0 => { println!(\"0\"); } _ => () } @(values.len()) }",
    "{ if n > 1 { if values.len() > 2 { return @(3); } } @(n) }",
    "{ loop { if n > 1 { return @(n); } std::thread::yield_now(); } }",
    "{ todo!() }",
    "{ unimplemented!(\"{n}\") }",
    "{ panic!(\"{}\", n) }",
    "{ std::process::exit(n as i32) }",
    "{ let _unused = n; @(1) }",
    "{ let unused = n; @(1) }",
    "{ let mut never_changed = n; @(never_changed) }",
    "{ let _bar = n; @(_bar) }",
    "{ let copied = n.clone(); @(copied) }",
    "{ let len = values.len(); if len == 0 { return @(0); } @(values.len() - 1) }",
    "{ if values.len() == 0 { @(0) } else { @(1) } }",
    "{ let mut sum = 0; for i in 0..values.len() { sum += values[i] as usize; } @(sum) }",
    "{ let text = format!(\"a\"); @(text.len()) }",
    "{ println!(\"\"); print!(\"a\\n\"); @(n) }",
    "{ let x = n; let x = x; @(x) }",
    "{ n; @(1) }",
    "{ n + 1; @(1) }",
    "{ println!(\"{}\", n); fn inner(n: usize) -> usize { n } @(inner(n)) }",
    "{ const A: usize = 1; use std::mem::swap; let mut a = A; let mut b = n; swap(&mut a, &mut b); @(a) }",
    "{ let f = |x: usize| usize::from(x); @(f(n)) }",
    "{ let f = || n; @(f()) }",
    "{ let mut found = None; for v in values.iter() { if *v == 1 { found = Some(v); break; } } @(found.map_or(0, |v| *v as usize)) }",
    "{ let value = Some(n); if let Some(value) = value { @(value) } else { @(0) } }",
    "{ let value = Some(n).map(|n| n).unwrap_or(0); @(value) }",
    "{ let number: Option<u8> = text.chars().next().map(|c| c as u8); match number { Some(n) => @(n as usize), None => @(0) } }",
    "{ let text = text.to_string(); @(text.clone().len()) }",
    "{ assert!(n == 1 || false); @(n) }",
    "{ if !(n == 1) { @(1) } else { @(2) } }",
    "{ let y = if n == 1 { true } else { false }; @(y as usize) }",
    "{ let v: Vec<usize> = values.iter().map(|v| *v as usize).collect(); @(v.iter().map(|v| *v).sum::<usize>()) }",
    "{ while let Some(c) = text.chars().next() { if c == 'a' { return @(1); } break; } @(n) }",
    "{ std::mem::drop(n); @(1) }",
    "{ { @(n) } }",
    "{ let () = (); unsafe { std::hint::unreachable_unchecked() } }",
    "{ let a = 3.25; let b = a == 3.25; @(b as usize + n) }",
    "{ eprintln!(\"{:?}\", text); dbg!(n); @(values.iter().filter(|v| **v > 1).next().is_some() as usize) }",
];

/// Bodies of a function that returns a `Result`.
const RESULT_BODIES: [&str; 9] = [
    "{ let n = text.parse::<usize>().map_err(|e| e.to_string())?; Ok(n) }",
    "{ Ok(text.parse::<usize>().map_err(|e| e.to_string())?) }",
    "{ Err(text.to_string()) }",
    "{ if n == 0 { return Err(\"none\".to_string()); } Ok(text.len()) }",
    "{ if n == 0 { return Err(\"none\".to_string())?; } Ok(text.len()) }",
    "{ match text.parse::<usize>() { Ok(n) => Ok(n), Err(e) => Err(e.to_string()) } }",
    "{ let parsed = match text.parse::<usize>() { Ok(n) => n, Err(e) => return Err(e.to_string()) }; Ok(parsed) }",
    "{ text.parse::<usize>().or_else(|e| Err(e.to_string())) }",
    "{ let Ok(n) = text.parse::<usize>() else { return Err(String::new()); }; return Ok(n); }",
];

/// Functions whose finding is in the signature, or that no shape above covers.
const FUNCTIONS: &str = include_str!("../fixtures/lints.rs");

/// What is in the place of each annotation.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Annotated {
    No,
    Yes,
}

/// The text of the corpus. All functions have the same lines, annotated or not.
pub(crate) fn corpus(annotated: Annotated) -> String {
    let mut text = String::new();
    for line in FUNCTIONS.lines() {
        let line = match (line.split_once("//@ "), annotated) {
            (Some((_, annotation)), Annotated::Yes) => annotation,
            (Some(_), Annotated::No) => "",
            (None, _) => line,
        };
        writeln!(text, "{line}").unwrap();
    }
    for shape in &SHAPES {
        let bodies = BODIES.iter();
        let results = RESULT_BODIES.iter().filter(|_| shape.wrap == "Ok");
        for (index, body) in bodies.chain(results).enumerate() {
            let annotation = match annotated {
                Annotated::Yes => shape.annotation,
                Annotated::No => "",
            };
            let item = shape
                .item
                .replace("{@}", &format!("\n{annotation}\n"))
                .replace("{name}", &format!("{}_{index}", shape.name))
                .replace("{body}", &body.replace('@', shape.wrap));
            writeln!(text, "{item}").unwrap();
        }
    }
    text
}
