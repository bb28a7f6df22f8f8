//! Cargo builds with and without telemetry.
#![cfg(not(any(feature = "macros", feature = "enabled")))] // They are the same in every build.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

const WORKSPACE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/..");

/// An application outside of the workspace, where Cargo would unify its features with those of other crates.
struct Application(PathBuf);

impl Application {
    /// `dependencies` are tables of the manifest, in which `RUNTIME` stands for the path of the runtime.
    fn new(name: &str, dependencies: &str, files: &[(&str, &str)]) -> Self {
        let directory = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
        fs::create_dir_all(directory.join("src")).unwrap();
        let runtime = format!("path = {:?}", format!("{WORKSPACE}/telemetry-runtime"));
        let manifest = format!(
            "[package]\nname = \"{name}\"\nversion = \"0.1.0\"\nedition = \"2024\"\n\n{}\n\n[workspace]\n",
            dependencies.replace("RUNTIME", &runtime)
        );
        fs::write(directory.join("Cargo.toml"), manifest).unwrap();
        // The lock file of the workspace, so that no network is needed.
        fs::copy(
            format!("{WORKSPACE}/Cargo.lock"),
            directory.join("Cargo.lock"),
        )
        .unwrap();
        for (file, text) in files {
            fs::write(directory.join(file), text).unwrap();
        }
        Self(directory)
    }

    fn cargo(&self, arguments: &[&str]) -> String {
        cargo(&self.0, &self.0.join("target"), arguments)
    }
}

fn cargo(directory: &Path, target: &Path, arguments: &[&str]) -> String {
    let mut cargo = Command::new(env!("CARGO"));
    cargo
        .args(arguments)
        .arg("--offline")
        .current_dir(directory)
        .env("CARGO_TARGET_DIR", target)
        .env("RUSTDOCFLAGS", "");
    let ran = cargo.output().unwrap();
    let said = String::from_utf8_lossy(&ran.stderr).into_owned();
    assert!(ran.status.success(), "{cargo:?}:\n{said}");
    String::from_utf8(ran.stdout).unwrap()
}

const MAIN: &str = r#"
use telemetry_runtime::{record, session_usage, telemetry_event, telemetry_span, Usage};

#[telemetry_span("a.sync", fields(n), err)]
fn sync(n: u8) -> Result<u8, String> {
    telemetry_event!("a.event", n);
    record!(late = n);
    Ok(n)
}

#[telemetry_span("a.async", fields(n))]
#[session_usage(model = "m")]
async fn later(n: u8) -> Option<Usage> {
    std::future::ready(sync(n)).await.ok().map(|_| Usage::default())
}

#[telemetry_span("a.owned", root)]
fn owned(text: String) -> usize {
    text.len()
}

fn main() {
    assert_eq!(sync(3), Ok(3));
    assert_eq!(owned("abc".to_owned()), 3);
    let mut context = std::task::Context::from_waker(std::task::Waker::noop());
    assert!(std::pin::pin!(later(1)).poll(&mut context).is_ready());
    println!("{}", size_of_val(&later(1)));
}
"#;

/// An application without telemetry compiles the macros and no other dependency.
#[test]
fn without_telemetry_the_only_dependencies_are_the_macros_and_theirs() {
    let dependencies = "[dependencies]\ntelemetry-runtime = { RUNTIME }";
    let application = Application::new("leaves-it-out", dependencies, &[("src/main.rs", MAIN)]);
    let tree = |arguments: &[&str]| -> BTreeSet<String> {
        let all = [
            &["tree", "--prefix=none", "--no-dedupe", "--edges=normal"],
            arguments,
        ]
        .concat();
        let words = |line: &str| line.split_whitespace().next().map(str::to_owned);
        application.cargo(&all).lines().filter_map(words).collect()
    };
    let names = |names: &[&str]| {
        names
            .iter()
            .map(|&name| name.to_owned())
            .collect::<BTreeSet<_>>()
    };

    assert_eq!(
        tree(&["--package=telemetry-runtime", "--depth=1"]),
        names(&["telemetry-runtime", "telemetry-macros"])
    );
    let mut expected = tree(&["--package=telemetry-macros"]);
    assert!(expected.contains("syn"), "{expected:?}");
    expected.extend(names(&["leaves-it-out", "telemetry-runtime"]));
    assert_eq!(tree(&[]), expected);
}

/// Cargo resolves the features of proc macros and of build dependencies separately from those of the
/// program. Here the macros are enabled for the build script, and the runtime of the program is disabled.
#[test]
fn macros_enabled_by_a_build_dependency_expand_to_nothing() {
    let dependencies = "[dependencies]\ntelemetry-runtime = { RUNTIME }\n\n\
                        [build-dependencies]\n\
                        telemetry-macros = { RUNTIME, features = [\"enabled\"] }"
        .replacen(
            "telemetry-macros = { RUNTIME",
            "telemetry-macros = { MACROS",
            1,
        );
    let macros = format!("path = {:?}", format!("{WORKSPACE}/telemetry-macros"));
    let build = "fn main() { println!(\"cargo::rerun-if-changed=build.rs\"); }";
    let application = Application::new(
        "features-apart",
        &dependencies.replace("MACROS", &macros),
        &[("src/main.rs", MAIN), ("build.rs", build)],
    );
    let features = application.cargo(&[
        "tree",
        "--edges=normal,build,features",
        "--invert=telemetry-macros",
    ]);
    assert!(
        features.contains("telemetry-macros feature \"enabled\""),
        "{features}"
    );
    let runtime = application.cargo(&["tree", "--edges=features", "--package=telemetry-runtime"]);
    assert!(
        !runtime.contains("telemetry-runtime feature \"enabled\""),
        "{runtime}"
    );

    let annotated: usize = application
        .cargo(&["run", "--quiet"])
        .trim()
        .parse()
        .unwrap();
    // The size of the future of a bare function.
    assert!(annotated < 64, "{annotated}");
}

/// Every public item exists in both builds, with equal signatures, fields, variants and traits, auto traits
/// included, according to rustdoc.
#[test]
fn both_builds_have_the_same_public_items() {
    let documented = |name: &str, features: &str| {
        let target = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
        let _ = fs::remove_dir_all(target.join("doc"));
        let features = format!("--features={features}");
        let arguments = [
            "doc",
            "--quiet",
            "--no-deps",
            "--package=telemetry-runtime",
            &features,
        ];
        cargo(Path::new(WORKSPACE), &target, &arguments);
        let mut items = BTreeSet::new();
        collect(&target.join("doc/telemetry_runtime"), "", &mut items);
        items
    };
    let out = documented("documented-out", "serde,serde_json,clap");
    let enabled = documented("documented-enabled", "enabled,clap");
    for item in [
        "struct.Session.html",
        "fn.init.html",
        "pub fn snapshot(",
        "impl Send for Self",
    ] {
        assert!(
            out.iter().any(|found| found.contains(item)),
            "{item} is not found:\n{out:#?}"
        );
    }
    // Types of fields are checked where fields are recorded. Without `enabled`, every type is a `FieldValue`.
    let is_field_value = |item: &str| {
        item.contains("FieldValue for") || item.starts_with("trait.FieldValue.html impl")
    };
    let difference: Vec<_> = out
        .symmetric_difference(&enabled)
        .filter(|item| !is_field_value(item))
        .collect();
    assert!(difference.is_empty(), "only in one build: {difference:#?}");
}

/// The methods of traits that are derived, as the pages have them.
const DERIVED: [&str; 4] = [
    "fn fmt(",
    "fn hash&lt;",
    "fn serialize&lt;",
    "fn deserialize&lt;",
];

/// Pages, and the parts of a page that have a signature.
fn collect(directory: &Path, below: &str, items: &mut BTreeSet<String>) {
    for entry in fs::read_dir(directory).unwrap() {
        let entry = entry.unwrap();
        let name = format!("{below}{}", entry.file_name().to_string_lossy());
        if entry.file_type().unwrap().is_dir() {
            collect(&entry.path(), &format!("{name}/"), items);
        } else if entry.path().extension().is_some_and(|ext| ext == "html") {
            let page = fs::read_to_string(entry.path()).unwrap();
            // The page of a private path links to the page of the public path.
            if page.contains("http-equiv=\"refresh\"") {
                continue;
            }
            let this = name.split('.').nth(1).unwrap_or_default();
            items.insert(name.clone());
            items.extend(
                signatures(&page)
                    // A session id converts to a `Uuid` only if that crate is a dependency.
                    .filter(|signature| !signature.contains("Uuid"))
                    .filter(|signature| this != "SessionId" || !signature.contains("fn from("))
                    // rustdoc writes the methods of a derived trait in another form for an item of another
                    // crate. The line of the impl is compared.
                    .filter(|signature| !DERIVED.iter().any(|method| signature.starts_with(method)))
                    // `Freeze` is not public.
                    .filter(|signature| !signature.contains("Freeze"))
                    .map(|signature| format!("{name} {}", signature.replace(this, "Self"))),
            );
        }
    }
}

/// `pub fn start() -> Self`. A parameter that one build ignores has a name with an underscore.
fn signatures(page: &str) -> impl Iterator<Item = String> {
    const KINDS: [&str; 7] = [
        "method.",
        "tymethod.",
        "variant.",
        "structfield.",
        "impl-",
        "associatedtype.",
        "associatedconstant.",
    ];
    page.split("<section id=\"").skip(1).filter_map(|section| {
        let (id, rest) = section.split_once('"')?;
        KINDS.iter().find(|kind| id.starts_with(*kind))?;
        let header = rest.split_once("class=\"code-header\">")?.1;
        let header = header.split("</h").next()?;
        let mut text = String::new();
        let mut in_tag = false;
        for letter in header.chars() {
            match letter {
                '<' => in_tag = true,
                '>' if in_tag => in_tag = false,
                letter if !in_tag => text.push(letter),
                _ => {}
            }
        }
        let words: Vec<_> = text
            .split_whitespace()
            .filter(|word| *word != "ⓘ")
            .collect();
        Some(words.join(" ").replace("(_", "(").replace(", _", ", "))
    })
}
