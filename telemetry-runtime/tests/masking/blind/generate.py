#!/usr/bin/env python3
"""Writes `secrets.jsonl` from `contexts.txt` and `harmless.jsonl` from `harmless.txt`, byte for byte the same at every run.

Each context is filled once for each of its kinds. Every second result is also written as agents log it: inside JSON,
JSON in JSON, a server-sent event, a Debug or repr string, or percent-encoded.

The character U+2038 (caret) is put into every secret, so that no scanner of a forge takes a line of the
file for a credential. The test removes these carets before it masks a text.
"""

import base64
import json
import pathlib
import random
import re
import string
import urllib.parse
from xml.sax.saxutils import escape

HERE = pathlib.Path(__file__).parent
CARET = "\u2038"
ALNUM = string.ascii_letters + string.digits
URL64 = ALNUM + "-_"
B64 = ALNUM + "+/"
WORDS = ("amber birch cobalt delta ember falcon garnet harbor indigo juniper kestrel lagoon maple nectar orchid "
         "pepper quartz raven saffron tundra umber violet walnut yonder zephyr").split()


def of(rng, alphabet, length):
    return "".join(rng.choice(alphabet) for _ in range(length))


def hexadecimal(rng, length):
    return of(rng, "0123456789abcdef", length)


def password(rng):
    form = rng.randrange(6)
    word = rng.choice(WORDS)
    if form == 0:
        return of(rng, ALNUM, rng.randrange(10, 21))
    if form == 1:
        return word.capitalize() + rng.choice("!#@_-.") + str(rng.randrange(1000, 99999))
    if form == 2:
        return of(rng, ALNUM, 7) + rng.choice("!@*_-.+~") + of(rng, ALNUM, 7)
    if form == 3:
        return word + str(rng.randrange(10, 9999)) + rng.choice(WORDS)
    if form == 4:
        return "-".join([word, rng.choice(WORDS), rng.choice(WORDS), str(rng.randrange(10, 99))])
    return of(rng, string.ascii_lowercase + string.digits, rng.randrange(9, 17))


def jwt(rng):
    encode = lambda value: base64.urlsafe_b64encode(json.dumps(value).encode()).decode().rstrip("=")
    head = encode({"alg": "HS256", "typ": "JWT"})
    body = encode({"sub": of(rng, string.digits, 8), "iss": "https://issuer.invalid", "exp": rng.randrange(10**9, 2 * 10**9)})
    return f"{head}.{body}.{of(rng, URL64, 43)}"


def pem(rng, label, lines):
    body = "\n".join(of(rng, B64, 64) for _ in range(lines)) + "\n" + of(rng, B64, 30) + "=="
    return f"-----BEGIN {label}-----\n{body}\n-----END {label}-----"


KINDS = {
    "password": password,
    "uuid": lambda r: "-".join(hexadecimal(r, n) for n in (8, 4, 4, 4, 12)),
    "openai": lambda r: "sk-proj-" + of(r, URL64, 74) + "T3BlbkFJ" + of(r, URL64, 74),
    "anthropic": lambda r: "sk-ant-api03-" + of(r, URL64, 93) + "AA",
    "github": lambda r: "github_pat_" + of(r, ALNUM, 22) + "_" + of(r, ALNUM, 59),
    "githubo": lambda r: "gho_" + of(r, ALNUM, 36),
    "gitlab": lambda r: "glpat-" + of(r, URL64, 20),
    "gitlabrunner": lambda r: "glrt-" + of(r, URL64, 20),
    "npm": lambda r: "npm_" + of(r, ALNUM, 36),
    "pypi": lambda r: "pypi-AgEIcHlwaS5vcmc" + of(r, URL64, 120),
    "cratesio": lambda r: "cio" + of(r, ALNUM, 32),
    "rubygems": lambda r: "rubygems_" + hexadecimal(r, 48),
    "stripe": lambda r: "sk_live_" + of(r, ALNUM, 99),
    "stripewh": lambda r: "whsec_" + hexadecimal(r, 64),
    "awssecret": lambda r: of(r, B64, 40),
    "awsid": lambda r: "AKIA" + of(r, string.ascii_uppercase + "234567", 16),
    "awssession": lambda r: "IQoJb3JpZ2luX2Vj" + of(r, B64, 320) + "==",
    "gcloud": lambda r: "ya29.a0A" + of(r, URL64, 160),
    "gcloudrefresh": lambda r: "1//0" + of(r, URL64, 96),
    "googleapi": lambda r: "AIza" + of(r, URL64, 35),
    "azuresecret": lambda r: of(r, ALNUM, 3) + "8Q~" + of(r, URL64 + ".~", 33) + of(r, ALNUM, 1),
    "azkey": lambda r: of(r, B64, 86) + "==",
    "azkey44": lambda r: of(r, B64, 43) + "=",
    "azsig": lambda r: of(r, B64, 43) + "=",
    "kubeadm": lambda r: of(r, string.ascii_lowercase + string.digits, 6) + "." + of(r, string.ascii_lowercase + string.digits, 16),
    "jwt": jwt,
    "b64block": lambda r: "LS0tLS1CRUdJTiBSU0EgUFJJVkFURSBLRVktLS0tLQpN" + of(r, B64, 300) + "==",
    "b64_32": lambda r: of(r, B64, 43) + "=",
    "fernet": lambda r: of(r, URL64, 43) + "=",
    "base32": lambda r: of(r, string.ascii_uppercase + "234567", 32),
    "wpsalt": lambda r: of(r, ALNUM + "!@#%^&*()-_[]{}|;:,.?/~+=", 64),
    "pem": lambda r: pem(r, "RSA PRIVATE KEY", 6),
    "pem1": lambda r: pem(r, "PRIVATE KEY", 3) + "\n",
    "pemssh": lambda r: pem(r, "OPENSSH PRIVATE KEY", 6),
    "slackhook": lambda r: "T" + of(r, string.ascii_uppercase + string.digits, 10) + "/B" + of(r, string.ascii_uppercase + string.digits, 10) + "/" + of(r, ALNUM, 24),
    "discordhook": lambda r: of(r, URL64, 68),
    "teamshook": lambda r: KINDS["uuid"](r) + "@" + KINDS["uuid"](r) + "/IncomingWebhook/" + hexadecimal(r, 32) + "/" + KINDS["uuid"](r),
    "telegram": lambda r: of(r, "123456789", 10) + ":AA" + of(r, URL64, 33),
    "vault": lambda r: "hvs.CAESI" + of(r, URL64, 90),
    "tailscale": lambda r: "tskey-auth-k" + of(r, ALNUM, 11) + "CNTRL-" + of(r, ALNUM, 32),
    "ngrok": lambda r: "2" + of(r, ALNUM, 26) + "_" + of(r, ALNUM, 21),
    "age": lambda r: "AGE-SECRET-KEY-1" + of(r, "QPZRY9X8GF2TVDW0S3JN54KHCE6MUA7L", 58),
    "litellm": lambda r: "sk-" + of(r, URL64, 22),
    "hf": lambda r: "hf_" + of(r, string.ascii_letters, 34),
    "sendgrid": lambda r: "SG." + of(r, URL64, 22) + "." + of(r, URL64, 43),
    "mailchimp": lambda r: hexadecimal(r, 32) + "-us" + str(r.randrange(1, 21)),
    "shopify": lambda r: "shpat_" + hexadecimal(r, 32),
    "atlassian": lambda r: "ATATT3xFfGF0" + of(r, URL64, 171) + "=" + of(r, "0123456789ABCDEF", 8),
    "digitalocean": lambda r: "dop_v1_" + hexadecimal(r, 64),
    "pulumi": lambda r: "pul-" + hexadecimal(r, 40),
}


def value(kind, rng):
    if kind in KINDS:
        return KINDS[kind](rng)
    family, length = re.fullmatch(r"(alnum|hex)(\d+)", kind).groups()
    return of(rng, ALNUM, int(length)) if family == "alnum" else hexadecimal(rng, int(length))


PUBLIC = ("sk-proj-", "sk-ant-api03-", "github_pat_", "glpat-", "glrt-", "npm_", "pypi-AgEIcHlwaS5vcmc", "rubygems_", "sk_live_",
          "whsec_", "IQoJb3JpZ2luX2Vj", "ya29.a0A", "hvs.CAESI", "tskey-auth-", "AGE-SECRET-KEY-1", "shpat_", "ATATT3xFfGF0",
          "dop_v1_", "LS0tLS1CRUdJTiBSU0EgUFJJVkFURSBLRVktLS0tLQpN")


def random_part(shown):
    """Returns the secret without its public beginning, and the body alone of a private key."""
    if body := re.search("KEY-----(.*)-----END", shown, re.DOTALL):
        return body.group(1).strip().removeprefix("\\n").removesuffix("\\n")
    if hook := re.search("/IncomingWebhook/(.*)", shown):
        return hook.group(1)
    for prefix in PUBLIC:
        if shown.startswith(prefix):
            return shown[len(prefix) :]
    return shown


def quoted(text):
    return json.dumps(text, ensure_ascii=False)[1:-1]


def fill(template, secret, rng):
    """Returns the text and the secret as it stands there."""
    found = {}

    def put(match):
        form = match.group(1)
        if form.startswith("B:"):
            user = form[2:].replace("\\0", "\0")
            shown = base64.b64encode(f"{user}:{secret}".encode() if "\0" not in user else f"{user}{secret}".encode()).decode()
        elif form.startswith("hex"):
            shown = hexadecimal(rng, int(form[3:]))
        else:
            shown = {
                "S": lambda: secret,
                "J": lambda: quoted(secret),
                "JJ": lambda: quoted(quoted(secret)),
                "JJJ": lambda: quoted(quoted(quoted(secret))),
                "P": lambda: urllib.parse.quote(secret, safe=""),
                "X": lambda: escape(secret),
                "b64": lambda: base64.b64encode(secret.encode()).decode(),
            }[form]()
        indent = re.search(r"[^\n]*$", match.string[: match.start()]).group()
        if indent.strip() == "" and form == "S":
            shown = shown.replace("\n", "\n" + indent)
        found["secret"] = random_part(shown)
        return shown

    return re.sub("⟦(.+?)⟧", put, template), found["secret"]


def debug(text):
    return text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n").replace("\t", "\\t").replace("\r", "\\r").replace("\0", "\\0")


ESCAPES = {
    "json": lambda t: quoted(t),
    "json_in_json": lambda t: quoted(quoted(t)),
    "debug": debug,
    "repr": lambda t: repr(t)[1:-1],
    "percent": lambda t: urllib.parse.quote(t, safe=""),
}
FRAMES = {
    "json": '{"type":"tool_result","tool_use_id":"toolu_01","content":"%s"}',
    "json_in_json": '{"role":"assistant","arguments":"{\\"input\\":\\"%s\\"}"}',
    "debug": 'Output { status: ExitStatus(unix_wait_status(0)), stdout: "%s", stderr: "" }',
    "repr": "CompletedProcess(args=['bash'], returncode=0, stdout='%s')",
    "percent": "GET /collect?m=%s&v=1 HTTP/1.1",
}


def contexts():
    name, kinds, lines = None, [], []
    for line in (HERE / "contexts.txt").read_text().splitlines():
        if match := re.fullmatch(r"@@ (\w+) \| ([\w ]+)", line):
            if name:
                yield name, kinds, "\n".join(lines)
            name, kinds, lines = match.group(1), match.group(2).split(), []
        else:
            lines.append(line)
    yield name, kinds, "\n".join(lines)


def hide(text, secret):
    """Splits the secret by carets after its 3rd character and then after every 9th, so that no known form is left."""
    pieces = [secret[:3]] + [secret[i : i + 9] for i in range(3, len(secret), 9)]
    return text.replace(secret, CARET.join(pieces))


def harmless():
    """Returns each line of `harmless.txt`, twice if it has places for random digests or ids."""
    rng = random.Random(20240616)

    def put(match):
        form, length = re.fullmatch(r"(\w*?)_?(\d*)", match.group(1)).groups()
        if form == "uuid":
            return KINDS["uuid"](rng)
        alphabets = {"hex": "0123456789abcdef", "HEX": "0123456789ABCDEF", "alnum": ALNUM, "b64": B64, "b64u": URL64,
                     "b32l": "0123456789abcdfghijklmnpqrsvwxyz", "b32u": "0123456789ABCDEFGHJKMNPQRSTVWXYZ"}
        return of(rng, alphabets[form], int(length))

    for line in (HERE / "harmless.txt").read_text().splitlines():
        for _ in range(2 if "⟦" in line else 1):
            yield re.sub("⟦(.+?)⟧", put, line).replace("⏎", "\n")


def main():
    rng = random.Random(20240615)
    rows = []
    escapes = list(ESCAPES)
    for name, kinds, template in contexts():
        template = template.replace("\\0VENDOR", "\0VENDOR").replace("\\0TERM", "\0TERM").replace("xterm\\0", "xterm\0") if name == "proc_environ" else template
        for kind in kinds:
            text, secret = fill(template, value(kind, rng), rng)
            rows.append((name, kind, "plain", text, secret))
            if len(rows) % 2:
                form = escapes[rng.randrange(len(escapes))]
                rows.append((name, kind, form, FRAMES[form] % ESCAPES[form](text), ESCAPES[form](secret)))
    quiet = list(harmless())
    with open(HERE / "harmless.jsonl", "w") as out:
        for text in quiet:
            out.write(json.dumps({"text": text}, ensure_ascii=False) + "\n")
    with open(HERE / "secrets.jsonl", "w") as out:
        for name, kind, form, text, secret in rows:
            assert secret in text, (name, kind)
            row = {"text": hide(text, secret), "secret": hide(secret, secret), "kind": kind, "context": name, "form": form}
            out.write(json.dumps(row, ensure_ascii=False) + "\n")
    print(len(rows), "secrets,", len({row[0] for row in rows}), "contexts,", len({row[1] for row in rows}), "kinds;", len(quiet), "harmless strings")


main()
