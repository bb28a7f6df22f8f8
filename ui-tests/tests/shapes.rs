//! Every shape of function under every stack of the two attributes. Each one compiles as without them, in
//! every edition and with equal lints, behaves as without them, and is recorded.
#![cfg(not(any(feature = "macros", feature = "enabled")))] // They are the same in every build.

mod compiler;

use std::fs;
use std::path::PathBuf;
use std::process::Command;

use compiler::Runtime;

/// The attributes in the place of each `//@`.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Stack {
    Bare,
    Span,
    Usage,
    SpanOverUsage,
    UsageOverSpan,
}

use Stack::{Bare, Span, SpanOverUsage, Usage, UsageOverSpan};
use ui_tests::log;

const ANNOTATED: [Stack; 4] = [Span, Usage, SpanOverUsage, UsageOverSpan];

/// The fixture with the attributes of one stack. The lines are those of the bare fixture.
struct Fixture {
    directory: tempfile::TempDir,
}

impl Fixture {
    fn new(stack: Stack) -> Self {
        let path = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/fixtures/shapes.rs");
        let template = fs::read_to_string(path).unwrap();
        let directory = tempfile::tempdir().unwrap();
        let lines = template.lines().map(|line| match line.split_once("//@ ") {
            Some((indented, annotation)) => format!("{indented}{}", attributes(stack, annotation)),
            None => line.to_owned(),
        });
        let text = lines.collect::<Vec<_>>().join("\n");
        fs::write(directory.path().join("shapes.rs"), text).unwrap();
        Self { directory }
    }

    fn source(&self) -> PathBuf {
        self.directory.path().join("shapes.rs")
    }

    /// Returns the messages of a compiler.
    fn check(&self, runtime: &Runtime, compiler: &str, edition: &str) -> String {
        let output = self.directory.path().join("shapes.rmeta");
        let arguments = ["--edition", edition, "--emit=metadata", "--crate-type=bin"];
        let said = runtime.compile(compiler, &self.source(), &output, &arguments);
        said.replace(&self.source().display().to_string(), "shapes.rs")
    }

    fn assembly(&self, runtime: &Runtime, optimized: &str) -> String {
        let output = self.directory.path().join("shapes.s");
        let remap = format!("--remap-path-prefix={}=/", self.directory.path().display());
        let arguments = [
            "--edition=2024",
            "--emit=asm",
            "-Ccodegen-units=1",
            optimized,
            &remap,
        ];
        runtime.compile("rustc", &self.source(), &output, &arguments);
        fs::read_to_string(output).unwrap()
    }

    /// Runs the program and returns the directory of its logs.
    fn run(&self, runtime: &Runtime) -> PathBuf {
        let program = self.directory.path().join("shapes");
        runtime.compile("rustc", &self.source(), &program, &["--edition=2024"]);
        let home = self.directory.path().join("home");
        fs::create_dir(&home).unwrap();
        let ran = Command::new(program).arg(&home).output().unwrap();
        assert!(
            ran.status.success(),
            "{}",
            String::from_utf8_lossy(&ran.stderr)
        );
        home.join("logs")
    }
}

/// Reads `name [entry|span] [| options]` and returns the attributes.
fn attributes(stack: Stack, annotation: &str) -> String {
    let (said, options) = annotation.split_once(" | ").unwrap_or((annotation, ""));
    let (name, kind) = said.split_once(' ').unwrap_or((said, ""));
    let comma = if options.is_empty() { "" } else { ", " };
    let span = format!("#[telemetry_span(\"{name}\"{comma}{options})]");
    let usage = match kind {
        "span" => String::new(),
        "entry" => format!("#[session_usage(model = \"{name}\", usage = answer(\"{name}\"))]"),
        _ => format!("#[session_usage(model = \"{name}\")]"),
    };
    match stack {
        Bare => String::new(),
        Span => span,
        Usage => usage,
        SpanOverUsage => span + &usage,
        UsageOverSpan => usage + &span,
    }
}

#[test]
fn messages_of_rustc_and_clippy_are_unchanged_in_every_edition() {
    let bare = Fixture::new(Bare);
    for feature in [None, Some("telemetry-macros/enabled")] {
        let runtime = Runtime::build(feature);
        let checks = ["2018", "2021", "2024"].map(|edition| ("rustc", edition));
        for (compiler, edition) in checks.into_iter().chain([("clippy-driver", "2024")]) {
            if feature.is_none() && compiler == "rustc" {
                continue;
            }
            let mut expected = without_count(&bare.check(&runtime, compiler, edition));
            if feature.is_some() {
                expected = without_hidden(&expected);
            }
            for stack in ANNOTATED {
                let mut said =
                    without_count(&Fixture::new(stack).check(&runtime, compiler, edition));
                if feature.is_some() {
                    said = without_hidden(&said);
                }
                assert_eq!(
                    said, expected,
                    "{compiler}, {edition}, {stack:?}, {feature:?}"
                );
            }
        }
    }
}

/// Removes the lints that compare a signature with the body, which an expansion hides: it moves the
/// parameters and returns the value of another call. They are reported if telemetry is compiled out.
fn without_hidden(said: &str) -> String {
    const HIDDEN: [&str; 2] = [
        "this function's return value is unnecessarily wrapped", // clippy::unnecessary_wraps
        "this argument is passed by value, but not consumed",    // clippy::needless_pass_by_value
    ];
    lines(said, |line| {
        !HIDDEN.iter().any(|hidden| line.contains(hidden))
    })
}

/// Removes `warning: 7 warnings emitted`.
fn without_count(said: &str) -> String {
    lines(said, |line| !line.ends_with("emitted"))
}

fn lines(said: &str, keep: impl Fn(&&str) -> bool) -> String {
    said.split_inclusive('\n')
        .filter(|line| keep(&line.trim_end()))
        .collect()
}

/// Enabled, each call is a span with its outcome, and a record of its usage.
#[test]
fn every_shape_is_recorded() {
    let runtime = Runtime::build(Some("telemetry-runtime/enabled"));
    for stack in ANNOTATED {
        let fixture = Fixture::new(stack);
        let logs = fixture.run(&runtime);
        let spans = log::tree(&logs);
        let expected = if stack == Usage { "" } else { SPANS };
        assert_eq!(spans, expected, "{stack:?}:\n{spans}");
        let usage = log::usage(&logs);
        let expected = if stack == Span { "" } else { USAGE };
        assert_eq!(usage, expected, "{stack:?}:\n{usage}");
    }
}

/// Compares every instruction, in debug and release builds.
#[test]
fn without_telemetry_the_machine_code_is_unchanged() {
    let runtime = Runtime::build(None);
    for optimized in ["-Copt-level=0", "-Copt-level=3"] {
        let bare = Fixture::new(Bare).assembly(&runtime, optimized);
        assert!(bare.contains("async_recursive"), "no code was made");
        for stack in [SpanOverUsage, UsageOverSpan] {
            let annotated = Fixture::new(stack).assembly(&runtime, optimized);
            assert!(
                annotated == bare,
                "{stack:?}, {optimized}: the code differs"
            );
        }
    }
}

/// Without telemetry, every shape behaves as without attributes, and no file is written.
#[test]
fn without_telemetry_the_behaviour_is_unchanged() {
    let runtime = Runtime::build(None);
    for stack in [Bare, SpanOverUsage, UsageOverSpan] {
        let logs = Fixture::new(stack).run(&runtime);
        assert!(!logs.exists(), "{stack:?}");
    }
}

const SPANS: &str = r#"free.plain outcome=ok
free.unit outcome=ok
  free.plain outcome=ok
free.result outcome=ok {"text":"1"}
free.result outcome=err error=empty {"text":""}
free.result outcome=err error=no number {"text":"a"}
free.option outcome=ok
free.option outcome=ok
free.option outcome=ok
free.let_else outcome=err
free.let_else outcome=ok
free.let_else outcome=ok
free.panics outcome=panic
free.panics outcome=ok
free.never outcome=panic
free.recursive outcome=ok {"n":2}
  free.recursive outcome=ok {"n":1}
    free.recursive outcome=ok {"n":0}
free.patterns outcome=ok {"a":1,"d":"free.patterns."}
free.nested outcome=ok
  free.nested.inner outcome=ok
free.generic outcome=ok {"value":"1"}
free.const outcome=ok {"n":2}
free.lifetimes outcome=ok
free.lifetimes outcome=err
free.argument outcome=ok {"value":"\"free.argument\""}
free.opaque outcome=ok
free.opaque.result outcome=err
free.opaque.result outcome=ok
free.unsafe outcome=ok
free.unsafe outcome=err
free.foreign outcome=ok {"n":1}
free.question outcome=ok
free.question outcome=err
method.static outcome=ok
method.shared outcome=ok {"name":"widget","value":"\"value\""}
method.unique outcome=ok {"self.count":1}
method.unique outcome=err {"self.count":4}
method.owned outcome=ok
method.boxed outcome=ok
method.arc outcome=ok
method.arc outcome=err
method.pinned outcome=ok
method.named outcome=ok
trait.default outcome=ok
  trait.implemented outcome=ok
  trait.implemented outcome=ok
trait.default outcome=err
  trait.implemented outcome=err error=zero
bound.fill outcome=ok
bound.rest outcome=ok
bound.rest outcome=err
bound.halves outcome=ok
bound.temporary outcome=err
bound.temporary outcome=ok
bound.changed outcome=ok
bound.reference outcome=ok
bound.expected outcome=ok
async.unit outcome=ok polls=2
  async.plain outcome=ok polls=2
async.result outcome=err polls=1 error=empty {"text":""}
async.result outcome=ok polls=2 {"text":"async.result"}
trait.async outcome=ok polls=2 {"len":11}
trait.async outcome=err polls=2 error="zero" {"len":11}
async.recursive outcome=ok polls=3 {"n":1}
  async.recursive outcome=ok polls=2 {"n":0}
async.patterns outcome=ok polls=2 {"a":1,"d":"async.patterns."}
async.generic outcome=ok polls=2 {"n":1}
async.lifetimes outcome=ok polls=2
async.lifetimes outcome=err polls=2
async.unsafe outcome=ok polls=2
async.opaque outcome=err polls=2
async.opaque outcome=ok polls=2
async.method outcome=ok polls=2 {"name":"async.method"}
async.pinned outcome=ok polls=2
async.owned outcome=ok polls=2
future.opaque outcome=err polls=2 {"n":0}
future.opaque outcome=ok polls=2 {"n":1}
future.boxed outcome=err polls=1 error=empty
future.boxed outcome=ok polls=2
bound.async.temporary outcome=ok polls=2 {"n":1}
bound.async.pattern outcome=ok polls=2
bound.async.reference outcome=ok polls=2
bound.async.expected outcome=ok polls=2
async.cancelled outcome=cancelled polls=2
async.panics outcome=panic polls=2
async.never outcome=panic polls=2
"#;

const USAGE: &str = "free.plain ok 3
free.unit ok 3
free.result ok 1
free.result err null
free.result err null
free.option ok 3
free.let_else err null
free.let_else ok 3
free.let_else ok 3
free.panics panic null
free.panics ok 3
free.recursive ok 3
free.patterns ok 3
free.nested.inner ok 3
free.generic ok 3
free.const ok 3
free.lifetimes ok 3
free.lifetimes err null
free.argument ok 3
free.opaque ok 3
free.opaque.result err null
free.opaque.result ok 3
free.unsafe err null
free.foreign ok 3
free.question ok 5
free.question err null
method.static ok 3
method.shared ok 3
method.unique ok 3
method.arc err null
method.named ok 3
trait.implemented ok 3
trait.implemented err null
bound.temporary err null
bound.temporary ok 3
bound.changed ok 3
bound.reference ok 3
bound.expected ok 3
async.unit ok 3
async.plain ok 3
async.result err null
async.result ok 3
trait.async ok 3
trait.async err null
async.recursive ok 3
async.patterns ok 3
async.generic ok 3
async.lifetimes ok 3
async.lifetimes err null
async.unsafe ok 3
async.opaque err null
async.opaque ok 3
async.method ok 3
future.opaque err null
future.opaque ok 3
future.boxed err null
future.boxed ok 3
bound.async.temporary ok 3
bound.async.pattern ok 3
bound.async.reference ok 3
bound.async.expected ok 3
async.cancelled cancelled null
async.panics panic null
";
