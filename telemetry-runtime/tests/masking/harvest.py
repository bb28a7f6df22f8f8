#!/usr/bin/env python3
"""Collects harmless strings from the tools, sources and lock files of one machine into harmless.jsonl.

A second machine gives other strings; the corpus uses the recorded harmless.jsonl. RAW is a directory with the
recorded output of the commands that README.md lists.
"""
import json
import pathlib
import random
import re
import subprocess
import sys
import urllib.parse

RAW = pathlib.Path(sys.argv[1])
HERE = pathlib.Path(__file__).resolve().parent
HOME = pathlib.Path.home()
REGISTRY = next((HOME / ".cargo/registry/src").iterdir())
SITE = HOME / ".pyenv/versions/3.11.7/lib/python3.11/site-packages"
DOCS = next((HOME / ".rustup/toolchains").iterdir()) / "share/doc"
rng = random.Random(20261128)
out, seen = [], set()
TALK = re.compile(r"(?i)api_?-?key|secret|passw|credential|access_?token|auth_?token|bearer|private_?key|pwd\b|\btoken")
# A quoted or assigned literal could be a test's own password: such lines are skipped.
LITERAL = re.compile(r"""(?i)(?:key|secret|passw\w*|token|credential\w*|pwd|auth\w*)["']?\s*[:=,(]\s*["'][^"'\s{}<>$]{6,}["']|"""
                     r"""://[^/\s:@]+:[^@\s/]+@|basic\s+[A-Za-z0-9+/=]{8,}|bearer\s+[A-Za-z0-9._-]{12,}|AKIA|BEGIN [A-Z ]*PRIVATE|"""
                     r"""[A-Za-z0-9+/]{40,}={0,2}|sk-[a-z0-9]|ghp_|eyJ|hunter2|correct horse""")
# Examples of a credential in documentation: whether such a line must stay is a matter of taste.
DISPUTED = re.compile(r"good password|Hold my bear|69420|passwordlol|secretkey$|client-secret=bar|MYTOKEN|:password@|secret_password|-token [0-9a-f]{2,}|bearer\(.*\"foo")
# Names of the machine on which the strings were collected.
LOCAL = re.compile(r"(?i)seed|maintainer|/work\b|sandbox|helper|noreply|refs/heads/(?!main)")


def add(context, kind, text, escaped=False, cap=900):
    text = text.rstrip("\n")[:cap]
    if len(text) < 12 or text in seen or LOCAL.search(text) or DISPUTED.search(text):
        return False
    seen.add(text)
    out.append({"text": text, "secret": None, "kind": kind, "context": context, "escaped": escaped})
    return True


def some(context, kind, candidates, count, escaped=False):
    candidates = list(candidates)
    rng.shuffle(candidates)
    left = count
    for text in candidates:
        if left and add(context, kind, text, escaped):
            left -= 1


def lines(path, pattern=None, skip=LITERAL):
    for line in path.read_text(errors="replace").splitlines():
        line = line.strip()
        if 12 <= len(line) <= 400 and (pattern is None or pattern.search(line)) and not (skip and skip.search(line)):
            yield line


def blocks(path, size=4):
    rows = path.read_text(errors="replace").splitlines()
    for i in range(0, len(rows), size):
        yield "\n".join(rows[i:i + size])


def tree(root, suffixes, pattern, skip=LITERAL):
    for path in sorted(root.rglob("*")):
        if path.suffix in suffixes and path.is_file() and path.stat().st_size < 1_000_000:
            yield from lines(path, pattern, skip)


# Tool output, in blocks as a tool call would return it.
some("cargo_tree", "tool-output", blocks(RAW / "cargo_tree.txt", 5), 12)
some("cargo_metadata", "tool-output", re.findall(r".{300}", (RAW / "cargo_meta.txt").read_text()), 14, True)
some("npm_ls", "tool-output", blocks(RAW / "npm_ls.txt", 6), 12)
some("npm_verbose", "tool-output", blocks(RAW / "npm_verbose.txt", 1), 6)
some("npm_env", "tool-output", blocks(RAW / "npm_env.txt", 3), 8)
some("npm_error", "tool-output", blocks(RAW / "npm_err.txt", 5), 2)
some("rustc", "compiler-output", blocks(RAW / "rustc.txt", 8), 10)
some("rustc_ansi", "compiler-output", blocks(RAW / "rustc_ansi.txt", 8), 10, True)
some("rustc_json", "compiler-output", (t[:800] for t in blocks(RAW / "rustc_json.txt", 1)), 10, True)
some("gcc", "compiler-output", blocks(RAW / "gcc.txt", 5), 6)
some("gcc_ansi", "compiler-output", blocks(RAW / "gcc_ansi.txt", 5), 6, True)
some("python_traceback", "compiler-output", blocks(RAW / "py.txt", 9), 1)
some("git_ls_tree", "git-hash", blocks(RAW / "git_lstree.txt", 3), 14)
some("git_refs", "git-hash", blocks(RAW / "git_refs.txt", 2), 8)
some("git_diff", "tool-output", blocks(RAW / "git_diff.txt", 6), 14)
some("git_log_ansi", "git-hash", blocks(RAW / "git_ansi.txt", 6), 6, True)
some("docker", "tool-output", blocks(RAW / "docker.txt", 5), 4)
some("docker_help", "tool-output", lines(RAW / "docker_help.txt", TALK), 14)
some("terraform_kubectl", "tool-output", blocks(RAW / "tfk.txt", 6), 14)
some("kubectl_help", "tool-output", lines(RAW / "kube_help.txt", TALK), 12)
some("pip_list", "tool-output", blocks(RAW / "pip.txt", 6), 5)
some("aws_help", "tool-output", lines(RAW / "aws_help.txt", TALK), 14)
some("openssl", "public-key", blocks(RAW / "public.txt", 99), 4)

# Lock files, integrity and digest values.
lock = (RAW / "Cargo.lock").read_text().split("\n\n")
some("cargo_lock", "lock-file", (b for b in lock if "checksum" in b), 25)
package_lock = json.loads((RAW / "npmp/package-lock.json").read_text())["packages"]
entries = [(k, v) for k, v in package_lock.items() if "integrity" in v]
some("package_lock", "lock-file", (json.dumps({k: v}, indent=2) for k, v in entries), 25)
some("package_lock_line", "integrity-hash", ('      "integrity": "' + v["integrity"] + '",' for _, v in entries), 20)
some("package_lock_escaped", "integrity-hash", (json.dumps({"output": json.dumps({k: v["integrity"]})}) for k, v in entries), 15, True)
locked = [(re.search(r'name = "(.+)"', b)[1], re.search(r'checksum = "(.+)"', b)[1]) for b in lock if "checksum" in b]
some("checksum_file", "digest", (f"{digest}  {name}.crate" for name, digest in locked), 15)
some("image_digest", "digest", (f"docker.io/library/{name}@sha256:{digest}" for name, digest in locked), 10)
some("dist_info_record", "digest", lines(SITE / "click-8.4.0.dist-info/RECORD", None, None), 12)

# Source code and documentation that speak about secrets.
for crate in ["reqwest-0.13.5", "tower-http-0.6.11", "http-1.5.0", "url-2.5.8", "hyper-util-0.1.21"]:
    some("rust_source", "source-code", tree(REGISTRY / crate, {".rs", ".md"}, TALK), 18)
some("rust_source_other", "source-code", (t for c in ["syn-2.0.119", "winnow-1.0.5", "toml_parser-1.1.6+spec-1.1.0", "serde_json-1.0.154", "rustix-1.1.6", "libc-0.2.191", "clap_builder-4.6.7"] for t in tree(REGISTRY / c, {".rs"}, TALK)), 40)
some("rust_source_any", "source-code", (t for c in ["uuid-1.29.3", "base64-0.22.1", "tracing-subscriber-0.3.23", "const-hex-1.19.3", "jiff-1.0.2"] for t in tree(REGISTRY / c / "src", {".rs"}, re.compile(r"[0-9a-fA-F_]{12,}|\w{24,}"), None) if not LITERAL.search(t) or "uuid" in t), 40)
for package in ["docker", "boto3", "cryptography"]:
    some("python_source", "source-code", tree(SITE / package, {".py"}, TALK), 22)
some("python_docs", "documentation", tree(SITE / "awscli/examples", {".rst"}, TALK), 35)
some("npm_docs", "documentation", tree(pathlib.Path("/usr/lib/node_modules/npm/docs/content"), {".md"}, TALK), 25)
some("npm_source", "source-code", tree(pathlib.Path("/usr/lib/node_modules/npm/lib"), {".js"}, TALK), 25)
some("javascript_source", "source-code", tree(RAW / "npmp/node_modules", {".js", ".ts"}, TALK), 25)
some("cargo_book", "documentation", (re.sub(r"<[^>]+>", "", t) for t in tree(DOCS / "rust/html/cargo/reference", {".html"}, TALK)), 30)

# Identifiers, ids and data URIs as they stand in sources.
some("uuid_in_source", "uuid", (m for p in sorted((REGISTRY / "uuid-1.29.3/src").rglob("*.rs")) for m in lines(p, re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-"), None)), 20)
data = [m for p in sorted((RAW / "npmp/node_modules").rglob("*")) if p.suffix in (".css", ".js", ".html", ".md", ".map") and p.is_file() for m in re.findall(r"data:(?:image|font|application)/[\w+.-]+;base64,[A-Za-z0-9+/=]{30,400}", p.read_text(errors="replace"))]
data += [m for p in sorted((DOCS / "rust/html").rglob("*.css")) for m in re.findall(r"data:(?:image|font)/[\w+.-]+(?:;base64)?,[A-Za-z0-9+/=%.-]{30,400}", p.read_text(errors="replace"))]
some("data_uri", "data-uri", data, 12)
some("data_uri_file", "data-uri", (RAW / "datauri.txt").read_text().splitlines() if (RAW / "datauri.txt").exists() else [], 10)

# The same material as it looks inside the records of an agent.
plain = [r["text"] for r in out if r["kind"] in ("source-code", "documentation", "compiler-output") and not r["escaped"]]
rng.shuffle(plain)
for text in plain[:30]:
    add("json_escaped_source", "source-code", json.dumps({"output": json.dumps({"stdout": text + "\n"})}), True)
for text in plain[30:45]:
    add("percent_escaped_source", "source-code", "https://example.com/search?q=" + urllib.parse.quote(text, safe=""), True)
for text in plain[45:60]:
    add("newline_escaped_source", "source-code", json.dumps({"output": "\n".join([text, *rng.sample(plain, 2)])}), True)

# References, placeholders, types and identifiers that name secrets; written by hand, each from common usage.
HAND = [line for line in (HERE / "handwritten.txt").read_text().splitlines() if line and not line.startswith("# ")]
for text in HAND:
    kind, text = text.split("\t", 1)
    add("handwritten", kind, text.encode().decode("unicode_escape") if kind == "ansi" else text, kind in ("ansi", "escaped"))

with open(HERE / "harmless.jsonl", "w") as target:
    for record in out:
        target.write(json.dumps(record) + "\n")
print(len(out), "harmless strings")
