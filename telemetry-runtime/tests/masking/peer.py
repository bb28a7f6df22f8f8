#!/usr/bin/env python3
"""Measures gitleaks with its own rules on corpus.jsonl: peer.py [program], `gitleaks` of the search path by default."""
import collections
import json
import pathlib
import subprocess
import sys
import tempfile
import urllib.parse

RUN = 8
CORPUS = pathlib.Path(__file__).resolve().parent / "corpus.jsonl"


def leaks(secret, text):
    return any(secret[i:i + RUN] in text for i in range(len(secret) - RUN + 1))


def is_found(record, findings):
    """Whether removing what gitleaks reports removes the secret; a report about decoded text is compared decoded."""
    text, decoded = record["text"], urllib.parse.unquote(record["text"])
    for finding in findings:
        part = finding["Match" if finding["RuleID"] == "private-key" else "Secret"]
        text = text.replace(part, "*").replace(urllib.parse.quote(part, safe=""), "*")
        decoded = decoded.replace(part, "*")
    if not leaks(record["secret"], text):
        return True
    if not any("decoded" in tag for finding in findings for tag in finding.get("Tags") or []):
        return False
    is_base64 = any(finding["RuleID"] in ("jwt-base64", "private-key") for finding in findings)
    return is_base64 or not leaks(urllib.parse.unquote(record["secret"]), decoded)


def main():
    program = sys.argv[1] if len(sys.argv) > 1 else "gitleaks"
    records = [json.loads(line) for line in CORPUS.read_text().splitlines()]
    with tempfile.TemporaryDirectory() as root:
        texts, report = pathlib.Path(root, "texts"), pathlib.Path(root, "report.json")
        texts.mkdir()
        for index, record in enumerate(records):
            (texts / f"{index}.txt").write_text(record["text"])
        subprocess.run([program, "dir", str(texts), "--no-banner", "--exit-code", "0", "-f", "json", "-r", str(report)],
                       check=True, capture_output=True)
        findings = collections.defaultdict(list)
        for finding in json.loads(report.read_text()):
            findings[int(pathlib.Path(finding["File"]).stem)].append(finding)
    good, every = collections.Counter(), collections.Counter()
    for index, record in enumerate(records):
        if record["secret"]:
            group = "escaped" if record["escaped"] else "plain"
            good[group] += is_found(record, findings[index])
        else:
            group = "harmless"
            good[group] += not findings[index]
        every[group] += 1
    for group, count in every.items():
        print(f"{group}: {good[group]} of {count} ({100 * good[group] / count:.1f} %)")


main()
