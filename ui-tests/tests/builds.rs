//! Cargo builds with and without telemetry.
#![cfg(not(any(feature = "macros", feature = "enabled")))] // They are the same in every build.

mod application;

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

use application::{Application, WORKSPACE, cargo};

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
        let mut texts = BTreeMap::new();
        let pages = target.join("doc/telemetry_runtime");
        collect(&pages, "", &mut items, &mut texts);
        (items, texts)
    };
    let (out, out_texts) = documented("documented-out", "serde,serde_json,clap");
    let (enabled, enabled_texts) = documented("documented-enabled", "enabled,clap");
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
    let difference: Vec<_> = out.symmetric_difference(&enabled).collect();
    assert!(difference.is_empty(), "only in one build: {difference:#?}");

    // One text for both builds.
    for (item, text) in [
        ("struct.Session.html#method.start", "Starts a new session"),
        (
            "fn.init.html#main-content",
            "Starts telemetry with a configuration",
        ),
        (
            "struct.Telemetry.html#method.on_spend_limit",
            "once for each day",
        ),
    ] {
        let found = out_texts.get(item).map_or("nothing", String::as_str);
        assert!(found.contains(text), "{item}: {found}");
    }
    // With `enabled`, a session id has further conversions, so that the ids of the methods differ.
    let differing: Vec<_> = out_texts
        .iter()
        .filter(|(item, _)| !item.starts_with("struct.SessionId.html#method.from"))
        .filter(|(item, text)| enabled_texts.get(*item) != Some(*text))
        .map(|(item, text)| (item, text, enabled_texts.get(item)))
        .collect();
    assert!(differing.is_empty(), "{differing:#?}");
}

/// The methods of traits that are derived, as the pages have them.
const DERIVED: [&str; 4] = [
    "fn fmt(",
    "fn hash&lt;",
    "fn serialize&lt;",
    "fn deserialize&lt;",
];

/// Pages, the parts of a page that have a signature, and the texts of the pages and of their methods, fields and variants.
fn collect(
    directory: &Path,
    below: &str,
    items: &mut BTreeSet<String>,
    texts: &mut BTreeMap<String, String>,
) {
    for entry in fs::read_dir(directory).unwrap() {
        let entry = entry.unwrap();
        let name = format!("{below}{}", entry.file_name().to_string_lossy());
        if entry.file_type().unwrap().is_dir() {
            collect(&entry.path(), &format!("{name}/"), items, texts);
        } else if entry.path().extension().is_some_and(|ext| ext == "html") {
            let page = fs::read_to_string(entry.path()).unwrap();
            // The page of a private path links to the page of the public path.
            if page.contains("http-equiv=\"refresh\"") {
                continue;
            }
            let this = name.split('.').nth(1).unwrap_or_default();
            items.insert(name.clone());
            let own = documentation(&page).map(|(id, text)| (format!("{name}#{id}"), text));
            texts.extend(own);
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

/// Returns the documentation of each item of a page, by the id of the item. Methods of traits, whose text may be that of another
/// crate, are excluded, and so are texts that link to a private page.
fn documentation(page: &str) -> impl Iterator<Item = (String, String)> {
    const DOCBLOCK: &str = "<div class=\"docblock\">";
    let mut id = String::new();
    let mut rest = page;
    std::iter::from_fn(move || {
        let at = rest.find(DOCBLOCK)?;
        // The nearest id before the text is that of its item, `main-content` for the item of the page.
        let before = &rest[..at];
        if let Some(section) = before.rfind("<section id=\"") {
            id = before[section + 13..].split('"').next()?.to_owned();
        } else if let Some(field) = before.rfind("id=\"structfield.") {
            id = before[field + 4..].split('"').next()?.to_owned();
        }
        rest = &rest[at + DOCBLOCK.len()..];
        let mut depth = 1;
        let mut end = 0;
        while depth > 0 {
            let next = end + rest[end..].find("div")?;
            depth = match &rest[..next] {
                open if open.ends_with('<') => depth + 1,
                close if close.ends_with("</") => depth - 1,
                _ => depth,
            };
            end = next + 3;
        }
        let text = without_tags(&rest[..end - 5]);
        rest = &rest[end..];
        Some((id.clone(), text))
    })
    .filter(|(id, _)| !id.starts_with("tymethod.") && !id.starts_with("impl-"))
}

/// Returns the words of a part of a page.
fn without_tags(html: &str) -> String {
    let mut text = String::new();
    let mut in_tag = false;
    for letter in html.chars() {
        match letter {
            '<' => in_tag = true,
            '>' if in_tag => in_tag = false,
            letter if !in_tag => text.push(letter),
            _ => {}
        }
    }
    text.split_whitespace().collect::<Vec<_>>().join(" ")
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
        let text = without_tags(header);
        let words: Vec<_> = text.split(' ').filter(|word| *word != "ⓘ").collect();
        Some(words.join(" ").replace("(_", "(").replace(", _", ", "))
    })
}
