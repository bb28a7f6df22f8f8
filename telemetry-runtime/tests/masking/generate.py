#!/usr/bin/env python3
"""Writes corpus.jsonl: random secrets in many contexts, and the harmless strings of harmless.jsonl.

The output depends on SEED, kinds.py and harmless.jsonl alone.
"""
import base64
import html
import json
import pathlib
import random
import re
import urllib.parse

from kinds import CLASSES, NAMED, TOKENS, rows

SEED = 20261128
HERE = pathlib.Path(__file__).resolve().parent
WORDS = """anchor basket candle dragon ember falcon garden harbor island jacket kettle lantern marble needle orchid
pepper quartz ribbon saddle timber umbrella velvet walnut yellow zephyr copper meadow pirate rocket silver""".split()
HOSTS = ["db.internal", "api.example.com", "10.0.4.17", "registry.example.org", "localhost", "build-7.corp.example.net"]
USERS = ["admin", "deploy", "svc-build", "alice", "app_rw", "root", "ci"]


def pick(rng, alphabet, length):
    return "".join(rng.choice(alphabet) for _ in range(length))


def uuid(rng, version=""):
    h = pick(rng, CLASSES["hx"], 32)
    if version:
        h = h[:12] + version + h[13:]
    return f"{h[:8]}-{h[8:12]}-{h[12:16]}-{h[16:20]}-{h[20:]}"


def field(rng, text):
    if text in ("uuid", "uuid4"):
        return uuid(rng, text[4:])
    if text == "human":
        word = rng.choice(WORDS).capitalize()
        return word + rng.choice("!@#_-") + rng.choice(WORDS).capitalize() + pick(rng, CLASSES["dg"], 3)
    if text == "sym":
        return pick(rng, CLASSES["an"], 5) + rng.choice("!^*%") + pick(rng, CLASSES["an"], 5) + rng.choice("~.-_") + pick(rng, CLASSES["an"], 4)
    if text == "phrase":
        return "-".join(rng.choice(WORDS) for _ in range(4))
    name, length = text.split(":")
    length = int(length)
    value = pick(rng, CLASSES[name], length)
    if name == "url":  # A dash or an underscore at an end would make the word's own border unclear.
        value = pick(rng, CLASSES["an"], 1) + value[1:-1] + pick(rng, CLASSES["an"], 1) if length > 1 else value
    return value


def make(rng, form):
    """Returns the whole value and the offset of its random part."""
    parts = re.split(r"\{([a-zA-Z0-9]+(?::\d+)?)\}", form)
    start = len(parts[0])
    return "".join(field(rng, p) if i % 2 else p for i, p in enumerate(parts)), start


def b64(data):
    return base64.b64encode(data.encode() if isinstance(data, str) else data).decode()


def b64url(data):
    return base64.urlsafe_b64encode(data.encode() if isinstance(data, str) else data).decode().rstrip("=")


def camel(name):
    first, *rest = name.lower().split("_")
    return first + "".join(w.capitalize() for w in rest)


def stamp(rng):
    return f"2026-0{rng.randint(1, 9)}-{rng.randint(10, 28)}T{rng.randint(10, 23)}:{rng.randint(10, 59)}:{rng.randint(10, 59)}.{rng.randint(100, 999)}Z"


# Plain contexts for a value with a name. Each takes (rng, NAME, value).
def c_env_dump(r, n, v):
    return f"HOSTNAME=build-{r.randint(1, 90)}\nLANG=C.UTF-8\n{n}={v}\nHOME=/root\nSHLVL=1"

def c_dotenv(r, n, v):
    return f'# {r.choice(["local overrides", "do not commit", "staging"])}\nLOG_LEVEL=debug\n{n}="{v}"\nPORT={r.randint(3000, 9000)}'

def c_shell_export(r, n, v):
    q = r.choice(["", '"', "'"])
    return f"$ export {n}={q}{v}{q} && ./run.sh --verbose"

def c_env_prefix(r, n, v):
    return f"$ {n}={v} RUST_LOG=info cargo run -p agent"

def c_ini(r, n, v):
    return f"[{r.choice(['default', 'remote', 'service'])}]\nregion = eu-central-1\n{n.lower()} = {v}\noutput = json"

def c_properties(r, n, v):
    return f"server.port=8080\nspring.{n.lower().replace('_', '.')}={v}\nserver.ssl.enabled=true"

def c_yaml(r, n, v):
    q = r.choice(["", '"', "'"])
    return f"service:\n  replicas: 2\n  {n.lower()}: {q}{v}{q}\n  timeout: 30s"

def c_yaml_pair(r, n, v):
    return f"        env:\n        - name: RUST_LOG\n          value: info\n        - name: {n}\n          value: {v}\n        image: app:1.4"

def c_compose(r, n, v):
    return f"services:\n  app:\n    image: postgres:16\n    environment:\n      - TZ=UTC\n      - {n}={v}\n    ports: ['5432:5432']"

def c_toml(r, n, v):
    return f'[provider.{r.choice(["main", "fallback"])}]\n{n.lower()} = "{v}"\nretries = 3'

def c_json(r, n, v):
    return json.dumps({"region": "eu-west-1", r.choice([n, n.lower(), camel(n)]): v, "retries": 3}, indent=r.choice([2, None]))

def c_python_dict(r, n, v):
    return f"config: {{'debug': False, '{n.lower()}': '{v}', 'timeout': 10}}"

def c_rust_struct(r, n, v):
    return f'Config {{ base_url: "https://api.example.com", {n.lower()}: "{v}", retries: 3 }}'

def c_rust_option(r, n, v):
    return f'Provider {{\n    name: "main",\n    {n.lower()}: Some(\n        "{v}",\n    ),\n    timeout: 30s,\n}}'

def c_rust_pairs(r, n, v):
    return f'[("RUST_LOG", "info"), ("{n}", "{v}"), ("TERM", "xterm")]'

def c_hcl(r, n, v):
    return f'resource "example_provider" "main" {{\n  region = "eu"\n  {n.lower()} = "{v}"\n}}'

def c_flag_space(r, n, v):
    return f"$ tool login --{n.lower().replace('_', '-')} {v} --region eu"

def c_flag_equals(r, n, v):
    return f"exec: tool deploy --{n.lower().replace('_', '-')}={v} --dry-run"

def c_log_kv(r, n, v):
    return f"{stamp(r)} DEBUG agent::http: request started method=POST {n.lower()}={v} attempt={r.randint(1, 3)}"

def c_log_colon(r, n, v):
    return f"[{stamp(r)}] WARN config: {n.lower()}: {v}"

def c_xml(r, n, v):
    t = r.choice([n.lower(), camel(n)])
    return f"<settings><host>{r.choice(HOSTS)}</host><{t}>{v}</{t}></settings>"

def c_xml_attribute(r, n, v):
    return f'<appSettings>\n  <add key="{n}" value="{v}" />\n</appSettings>'

def c_python(r, n, v):
    q = r.choice(['"', "'"])
    return f"import os\n{n} = {q}{v}{q}\nclient = Client()"

def c_javascript(r, n, v):
    return f"const {camel(n)} = '{v}';\nawait client.connect({{ retries: 3 }});"

def c_rust_code(r, n, v):
    return f'-    let {n.lower()} = std::env::var("{n}")?;\n+    let {n.lower()} = "{v}".to_string();'

def c_go(r, n, v):
    return f'\t{camel(n)} := "{v}"\n\tclient.Do(ctx)'

def c_dockerfile(r, n, v):
    return f"FROM debian:12\nENV {n}={v}\nRUN make install"

def c_workflow(r, n, v):
    return f"      - run: make publish\n        env:\n          {n}: {v}"

def c_systemd(r, n, v):
    return f'[Service]\nEnvironment="{n}={v}"\nExecStart=/usr/bin/agent'

def c_powershell(r, n, v):
    return f'PS> $env:{n} = "{v}"; .\\deploy.ps1'

def c_diff(r, n, v):
    return f"@@ -1,3 +1,4 @@\n PORT=8080\n+{n}={v}\n DEBUG=0"

def c_markdown(r, n, v):
    return f"Set the variable before the first run:\n\n```sh\nexport {n}={v}\n```\n"

def c_url_query(r, n, v):
    v = urllib.parse.quote(v, safe="")
    return f"GET https://api.example.com/v1/items?limit=5&{n.lower()}={v}&page=2 -> 401"

def c_sql(r, n, v):
    return f"INSERT INTO settings (name, value) VALUES ('{n.lower()}', '{v}');"

NAMED_PLAIN = [c_env_dump, c_dotenv, c_shell_export, c_env_prefix, c_ini, c_properties, c_yaml, c_yaml_pair, c_compose,
               c_toml, c_json, c_python_dict, c_rust_struct, c_rust_option, c_rust_pairs, c_hcl, c_flag_space,
               c_flag_equals, c_log_kv, c_log_colon, c_xml, c_xml_attribute, c_python, c_javascript, c_rust_code, c_go,
               c_dockerfile, c_workflow, c_systemd, c_powershell, c_diff, c_markdown, c_url_query, c_sql]


# Plain contexts for a value that is known by its form: no telling name beside it.
def t_curl_bearer(r, n, v):
    q = r.choice(['"', "'"])
    return f"$ curl -sS -H {q}Authorization: Bearer {v}{q} https://api.example.com/v1/models"

def t_curl_header(r, n, v):
    return f"$ curl -X POST -H 'Content-Type: application/json' -H 'X-Api-Key: {v}' https://{r.choice(HOSTS)}/run"

def t_curl_user(r, n, v):
    return f"$ curl -u {r.choice(USERS)}:{v} https://{r.choice(HOSTS)}/repo/file.tar.gz -O"

def t_http_dump(r, n, v):
    h = r.choice(["authorization: token ", "PRIVATE-TOKEN: ", "X-Vault-Token: ", "x-api-key: ", "Authorization: Bearer "])
    return f"> POST /v1/run HTTP/1.1\n> Host: api.example.com\n> {h}{v}\n> Accept: */*"

def t_log_prose(r, n, v):
    return f"{stamp(r)} INFO agent: retrying with {v} after 429 (attempt {r.randint(2, 5)})"

def t_stack_trace(r, n, v):
    return f'  File "/app/client.py", line {r.randint(10, 400)}, in _request\n    raise AuthError(msg)\nAuthError: Incorrect key provided: {v}. Check your account page.'

def t_rust_panic(r, n, v):
    return f"thread 'main' panicked at src/client.rs:{r.randint(10, 400)}:14:\ncalled `Result::unwrap()` on an `Err` value: Unauthorized(\"{v}\")"

def t_rust_newtype(r, n, v):
    return f'ApiKey("{v}")'

def t_rust_header_pairs(r, n, v):
    return f'headers: [("accept", "*/*"), ("x-api-key", "{v}")]'

def t_git_remote(r, n, v):
    v = urllib.parse.quote(v, safe="")
    return f"origin\thttps://{r.choice(['oauth2', 'x-access-token', 'build'])}:{v}@git.example.com/team/app.git (fetch)"

def t_markdown_cell(r, n, v):
    return f"| staging | `{v}` | rotated in May |"

def t_shell_login(r, n, v):
    return f"$ echo {v} | docker login registry.example.com -u {r.choice(USERS)} --password-stdin"

def t_function_call(r, n, v):
    return f'client = Client("{v}", region="eu")'

def t_csv(r, n, v):
    return f"id,owner,value\n17,{r.choice(USERS)},{v}\n18,nobody,none"

def t_netrc(r, n, v):
    return f"machine {r.choice(HOSTS)}\n  login {r.choice(USERS)}\n  password {v}\n"

def t_kubeconfig(r, n, v):
    return f"users:\n- name: {r.choice(USERS)}\n  user:\n    token: {v}\ncurrent-context: prod"

TOKEN_PLAIN = [t_curl_bearer, t_curl_header, t_curl_user, t_http_dump, t_log_prose, t_stack_trace, t_rust_panic,
               t_rust_newtype, t_rust_header_pairs, t_git_remote, t_markdown_cell, t_shell_login, t_function_call, t_csv,
               t_netrc, t_kubeconfig]


# Escaped contexts. Each takes (rng, NAME, value, bare) and returns the text; `bare` allows a context without a name.
def jstr(text):
    return json.dumps(text)[1:-1]

def e_json_in_json(r, n, v, bare):
    inner = json.dumps({"region": "eu", n.lower(): v})
    return json.dumps({"type": "function_call", "arguments": inner})

def e_json_twice(r, n, v, bare):
    return json.dumps({"body": json.dumps({"arguments": json.dumps({camel(n): v})})})

def e_newline(r, n, v, bare):
    text = f"cat .env\nPORT=8080\n{v}\n" if bare and r.random() < 0.5 else f"PORT=8080\n{n}={v}\nDEBUG=1\n"
    return json.dumps({"output": text, "exit_code": 0})

def e_newline_bare(r, n, v, bare):
    return f"stdout: \"PORT=8080\\n{n}={v}\\nDEBUG=1\\n\""

def e_crlf(r, n, v, bare):
    return json.dumps(f"HTTP/1.1 200 OK\r\nX-Api-Key: {v}\r\nServer: x\r\n")

def e_tab(r, n, v, bare):
    return json.dumps({"stdout": f"NAME\tVALUE\n{n}\t{v}\n" if bare else f"env\t{n}={v}\tok"})

def e_u003d(r, n, v, bare):
    return '{"command":"' + f"export {n}\\u003d{v} \\u0026\\u0026 make" + '"}'

def e_u0022(r, n, v, bare):
    return '{"body":"{\\u0022' + n.lower() + "\\u0022:\\u0022" + v + '\\u0022}"}'

def e_percent_form(r, n, v, bare):
    return "body=grant_type%3Drefresh%26" + urllib.parse.quote(f"{n.lower()}={v}", safe="") + "%26scope%3Dall"

def e_percent_json(r, n, v, bare):
    return "https://api.example.com/log?payload=" + urllib.parse.quote(json.dumps({n.lower(): v}), safe="")

def e_ansi_value(r, n, v, bare):
    return f"\x1b[2m{stamp(r)}\x1b[0m \x1b[32m INFO\x1b[0m agent: \x1b[3m{n.lower()}\x1b[0m\x1b[2m=\x1b[0m{v} \x1b[3mattempt\x1b[0m\x1b[2m=\x1b[0m1"

def e_ansi_around(r, n, v, bare):
    return f"\x1b[1m{n}\x1b[0m=\x1b[33m{v}\x1b[0m" if not bare else f"found \x1b[01;31m\x1b[K{v}\x1b[m\x1b[K in .env"

def e_ansi_escaped(r, n, v, bare):
    return json.dumps({"output": f"\x1b[36m{n}\x1b[39m: \x1b[32m'{v}'\x1b[39m,\n"})

def e_rust_debug(r, n, v, bare):
    inner = f'Config {{ {n.lower()}: "{v}" }}'
    return "value=" + json.dumps(inner, ensure_ascii=False)

def e_double_newline(r, n, v, bare):
    return "arguments: " + json.dumps(json.dumps({"cmd": f"cat <<EOF\n{n}={v}\nEOF"}))

def e_curl_in_json(r, n, v, bare):
    return json.dumps({"command": ["bash", "-lc", f'curl -H "Authorization: Bearer {v}" https://api.example.com']})

def e_sse(r, n, v, bare):
    return 'data: {"delta":"' + jstr(f'{n}="{v}"') + '"}'

def e_html(r, n, v, bare):
    return f"&lt;add key=&quot;{n}&quot; value=&quot;{html.escape(v)}&quot;/&gt;"

ESCAPED = [e_json_in_json, e_json_twice, e_newline, e_newline_bare, e_crlf, e_tab, e_u003d, e_u0022, e_percent_form,
           e_percent_json, e_ansi_value, e_ansi_around, e_ansi_escaped, e_rust_debug, e_double_newline, e_curl_in_json,
           e_sse, e_html]
PERCENT = {e_percent_form, e_percent_json, c_url_query, t_git_remote}


# Secrets that are a part of a larger form. Each returns (context, text, secret).
def pem_body(r, lines=12):
    return "\n".join(pick(r, CLASSES["b64"], 64) for _ in range(lines)) + "\n" + pick(r, CLASSES["b64"], 30) + "=="

def pem(label):
    def build(r):
        body = pem_body(r)
        return "file", f"-----BEGIN {label}-----\n{body}\n-----END {label}-----", body
    return build

def jwt_value(r, alg="HS256"):
    head = b64url(json.dumps({"alg": alg, "typ": "JWT"}, separators=(",", ":")))
    body = b64url(json.dumps({"sub": pick(r, CLASSES["dg"], 10), "name": r.choice(USERS), "iat": r.randint(1700000000, 1790000000)}, separators=(",", ":")))
    return head, body + "." + pick(r, CLASSES["an"], 43)

def url_password(scheme, port, tail=""):
    def build(r):
        pw = make(r, r.choice(["{an:18}", "{human}", "{an:8}.{an:8}"]))[0].replace("@", "_").replace("#", "-")
        url = f"{scheme}://{r.choice(USERS)}:{pw}@{r.choice(HOSTS)}:{port}/{tail}"
        return r.choice([("url", url), ("log", f"{stamp(r)} INFO db: connecting to {url}"), ("env", f"DATABASE_URL={url}")]) + (pw,)
    return build

def url_odd(char):
    def build(r):
        pw = pick(r, CLASSES["an"], 7) + char + pick(r, CLASSES["an"], 8)
        return "url", f"connecting to postgres://{r.choice(USERS)}:{pw}@{r.choice(HOSTS)}:5432/app", pw
    return build

def s_url_json_slashes(r):
    pw = pick(r, CLASSES["an"], 18)
    return "json", '{"dsn":"mysql:\\/\\/' + r.choice(USERS) + ":" + pw + "@" + r.choice(HOSTS) + ':3306\\/app"}', pw

def s_basic(r):
    v = b64(f"{r.choice(USERS)}:{pick(r, CLASSES['an'], 16)}")
    return r.choice([("http_header", f"Authorization: Basic {v}"), ("curl", f'curl -H "Authorization: Basic {v}" https://api.example.com'),
                     ("rust_debug", f'{{"authorization": "Basic {v}", "accept": "*/*"}}')]) + (v,)

def s_digest_cookie(r):
    v = pick(r, CLASSES["an"], 40)
    return r.choice([("http_header", f"Cookie: theme=dark; session_id={v}; lang=en"), ("http_header", f"Set-Cookie: sessionid={v}; HttpOnly; Path=/; Secure"),
                     ("curl", f"curl --cookie 'session={v}' https://example.com/api"), ("http_header", f"cookie: _gitlab_session={pick(r, CLASSES['hx'], 32)}")]) + (v,)

def s_cookie(r):
    context, text, v = s_digest_cookie(r)
    if v not in text:
        v = text.rsplit("=", 1)[1]
    return context, text, v

def s_curl_user(r):
    pw = pick(r, CLASSES["an"], 14)
    flag = r.choice(["-u ", "--user ", "--user="])
    q = r.choice(["", '"', "'"])
    return "curl", f"$ curl -sS {flag}{q}{r.choice(USERS)}:{pw}{q} https://{r.choice(HOSTS)}/artifact", pw

def s_short_p(r):
    pw = pick(r, CLASSES["an"], 14)
    return "cli", r.choice([f"$ mysql -u root -p{pw} -h db.internal app", f"$ docker login -u ci -p {pw} registry.example.com", f"$ sshpass -p {pw} ssh root@10.0.4.17", f"$ redis-cli -h cache -a {pw} PING"]), pw

def s_netrc(r):
    pw = pick(r, CLASSES["an"], 18)
    return "netrc", f"machine {r.choice(HOSTS)} login {r.choice(USERS)} password {pw}", pw

def s_pgpass(r):
    pw = pick(r, CLASSES["an"], 16)
    return "pgpass", f"{r.choice(HOSTS)}:5432:app:{r.choice(USERS)}:{pw}", pw

def s_npmrc(r):
    v = uuid(r)
    return "npmrc", f"registry=https://npm.example.com/\n//npm.example.com/:_authToken={v}\nalways-auth=true", v

def s_npmrc_auth(r):
    v = b64(f"ci:{pick(r, CLASSES['an'], 18)}")
    return "npmrc", f"//npm.example.com/:_auth={v}", v

def s_pypirc(r):
    v = pick(r, CLASSES["an"], 20)
    return "pypirc", f"[pypi]\nusername = build\npassword = {v}\n", v

def s_docker_auth(r):
    v = b64(f"{r.choice(USERS)}:{pick(r, CLASSES['an'], 24)}")
    return "docker_config", json.dumps({"auths": {"https://index.docker.io/v1/": {"auth": v}}}, indent=r.choice([2, None])), v

def s_kube_key(r):
    v = b64("-----BEGIN RSA PRIVATE KEY-----\n" + pem_body(r, 6))
    return "kubeconfig", f"users:\n- name: admin\n  user:\n    client-certificate-data: LS0tLS1CRUdJTg==\n    client-key-data: {v}", v[60:]

def s_kube_secret(r):
    v = b64(pick(r, CLASSES["an"], 24))
    return "kubernetes_secret", f"apiVersion: v1\nkind: Secret\nmetadata:\n  name: db\ntype: Opaque\ndata:\n  password: {v}\n", v

def s_base64_pem(r):
    v = b64("-----BEGIN OPENSSH PRIVATE KEY-----\n" + pem_body(r, 6) + "\n-----END OPENSSH PRIVATE KEY-----\n")
    return "env", f"SSH_KEY_B64={v}", v[60:]

def s_pem_one_line(r):
    body = pem_body(r).replace("\n", "\\n")
    return "json_escaped", '{"private_key": "-----BEGIN PRIVATE KEY-----\\n' + body + '\\n-----END PRIVATE KEY-----\\n"}', body

def s_pem_tail(r):
    body = pem_body(r, 5)
    return "log_tail", body + "\n-----END RSA PRIVATE KEY-----", body

def s_pem_head(r):
    body = pem_body(r, 5)
    return "cut_file", "-----BEGIN RSA PRIVATE KEY-----\n" + body, body

def s_pem_percent(r):
    body = urllib.parse.quote(pem_body(r, 5), safe="")
    return "percent", "key=-----BEGIN%20PRIVATE%20KEY-----%0A" + body + "%0A-----END%20PRIVATE%20KEY-----", body

def s_putty(r):
    body = pem_body(r, 6)
    return "file", f"PuTTY-User-Key-File-3: ssh-ed25519\nEncryption: none\nComment: me\nPublic-Lines: 2\nAAAAC3NzaC1lZDI1NTE5AAAAI\nPrivate-Lines: 7\n{body}\nPrivate-MAC: {pick(r, CLASSES['hx'], 64)}", body

def s_jwt(r):
    head, rest = jwt_value(r)
    return r.choice([("http_header", f"Authorization: Bearer {head}.{rest}"), ("log", f"{stamp(r)} DEBUG auth: got {head}.{rest}"), ("json", f'{{"id_token":"{head}.{rest}","expires_in":3600}}'), ("rust_debug", f'AccessToken("{head}.{rest}")')]) + (rest,)

def s_jwt_base64(r):
    head, rest = jwt_value(r)
    v = b64(f"{head}.{rest}")
    return "env", f"ENCODED={v}", v[40:]

def s_supabase_anon(r):
    head, rest = jwt_value(r)
    return "env", f"SUPABASE_SERVICE_ROLE_KEY={head}.{rest}", rest

def s_slack_hook(r):
    v = f"T{pick(r, CLASSES['up'], 9)}/B{pick(r, CLASSES['up'], 10)}/{pick(r, CLASSES['an'], 24)}"
    return "url", f"posting to https://hooks.slack.com/services/{v}", v[v.rindex("/") + 1:]

def s_discord_hook(r):
    v = pick(r, CLASSES["url"], 66) + pick(r, CLASSES["an"], 2)
    return "url", f"https://discord.com/api/webhooks/{pick(r, '123456789', 18)}/{v}", v

def s_teams_hook(r):
    v = pick(r, CLASSES["hx"], 32)
    return "url", f"https://corp.webhook.office.com/webhookb2/{uuid(r)}@{uuid(r)}/IncomingWebhook/{v}/{uuid(r)}", v

def s_zapier_hook(r):
    v = pick(r, CLASSES["dg"], 8) + "/" + pick(r, CLASSES["lo"], 7)
    return "url", f"curl -d '{{}}' https://hooks.zapier.com/hooks/catch/{v}", v

def s_telegram_url(r):
    v = f"{pick(r, '123456789', 10)}:A{pick(r, CLASSES['an'], 34)}"
    return "url", f"GET https://api.telegram.org/bot{v}/getMe", v[v.index(":") + 1:]

def s_sas(r):
    v = urllib.parse.quote(b64(bytes(r.randrange(256) for _ in range(32))), safe="")
    return "url", f"https://acct.blob.core.windows.net/backups/a.tar?sv=2024-11-04&ss=b&srt=sco&sp=rl&se=2027-01-01T00%3A00%3A00Z&sig={v}", v

def s_azure_storage(r):
    v = pick(r, CLASSES["b64"], 86) + "=="
    return "connection_string", f"DefaultEndpointsProtocol=https;AccountName=acct;AccountKey={v};EndpointSuffix=core.windows.net", v

def s_azure_servicebus(r):
    v = pick(r, CLASSES["b64"], 43) + "="
    return "connection_string", f"Endpoint=sb://bus.servicebus.windows.net/;SharedAccessKeyName=Root;SharedAccessKey={v}", v

def s_azure_appconfig(r):
    v = pick(r, CLASSES["b64"], 43) + "="
    return "connection_string", f"Endpoint=https://app.azconfig.io;Id=abcd;Secret={v}", v

def s_sqlserver(r):
    v = pick(r, CLASSES["an"], 16)
    return "connection_string", f"Server=tcp:{r.choice(HOSTS)},1433;Database=app;User ID=sa;{r.choice(['Password', 'Pwd'])}={v};Encrypt=True;", v

def s_jdbc(r):
    v = pick(r, CLASSES["an"], 16)
    return "connection_string", f"jdbc:postgresql://{r.choice(HOSTS)}:5432/app?user=app&password={v}&ssl=true", v

def s_libpq(r):
    v = pick(r, CLASSES["an"], 16)
    return "connection_string", f"host=db.internal port=5432 user=app password={v} dbname=app", v

def s_azure_redis(r):
    v = pick(r, CLASSES["b64"], 43) + "="
    return "connection_string", f"cache.redis.cache.windows.net:6380,password={v},ssl=True,abortConnect=False", v

def s_aws_signed(r):
    v = pick(r, CLASSES["hx"], 64)
    return "url", f"https://bucket.s3.amazonaws.com/a?X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Date=20260101T000000Z&X-Amz-Expires=900&X-Amz-Signature={v}", v

def s_aws_credentials(r):
    v = pick(r, CLASSES["b64"], 40)
    return "ini", f"[default]\naws_access_key_id = AKIA{pick(r, CLASSES['b32'], 16)}\naws_secret_access_key = {v}\n", v

def s_sentry_org(r):
    v = b64(json.dumps({"iat": 1790000000.1, "url": "https://sentry.io", "region_url": "https://us.sentry.io", "org": r.choice(WORDS)})).rstrip("=") + "_" + pick(r, CLASSES["b64"], 43)
    return "env", f"SENTRY_AUTH_TOKEN=sntrys_{v}", v[12:]

def s_grafana_legacy(r):
    v = b64(json.dumps({"k": pick(r, CLASSES["an"], 32), "n": "ci", "id": 1}, separators=(",", ":")))
    return "http_header", f"Authorization: Bearer {v}", v

def s_sidekiq(r):
    v = pick(r, CLASSES["hx"], 8) + ":" + pick(r, CLASSES["hx"], 8)
    return "url", f"source 'https://{v}@enterprise.contribsys.com/'", v[9:]

def s_nuget(r):
    v = pick(r, CLASSES["an"], 20)
    return "xml", f'<packageSourceCredentials><feed><add key="Username" value="ci" /><add key="ClearTextPassword" value="{v}" /></feed></packageSourceCredentials>', v

def s_freemius(r):
    v = pick(r, CLASSES["an"], 29)
    return "code", f"'secret_key'      => 'sk_{v}',", v

def s_gcp_service_account(r):
    body = pem_body(r, 8).replace("\n", "\\n")
    return "json_escaped", '{\n  "type": "service_account",\n  "project_id": "demo",\n  "private_key_id": "' + pick(r, CLASSES["hx"], 40) + '",\n  "private_key": "-----BEGIN PRIVATE KEY-----\\n' + body + '\\n-----END PRIVATE KEY-----\\n",\n  "client_email": "a@demo.iam.gserviceaccount.com"\n}', body

def s_gcp_adc(r):
    v = pick(r, CLASSES["an"], 24)
    return "json", json.dumps({"client_id": "1-a.apps.googleusercontent.com", "client_secret": v, "type": "authorized_user"}, indent=2), v

def s_oauth_form(r):
    v = pick(r, CLASSES["an"], 40)
    return "http_body", f"grant_type=client_credentials&client_id=app&client_secret={v}", v

def s_oauth_response(r):
    v = pick(r, CLASSES["url"], 60)
    return "json", '{"access_token":"' + v + '","token_type":"Bearer","expires_in":3600}', v

def s_refresh_response(r):
    v = pick(r, CLASSES["an"], 48)
    return "json", '{"token_type":"Bearer","refresh_token":"' + v + '"}', v

def s_bearer_opaque(r):
    v = pick(r, CLASSES["an"], 40)
    return r.choice([("http_header", f"Authorization: Bearer {v}"), ("rust_debug", f'{{"authorization": "Bearer {v}"}}'), ("curl", f"curl --oauth2-bearer {v} https://api.example.com")]) + (v,)

def s_spaces_password(r):
    v = " ".join(r.choice(WORDS) for _ in range(4))
    return "ini", f"[mail]\nuser = me\npassword = {v}\nport = 25", v

def s_spaces_quoted(r):
    v = " ".join(r.choice(WORDS) for _ in range(4)) + str(r.randint(10, 99))
    return "yaml", f'user: me\npassphrase: "{v}"\n', v

def s_sql_identified(r):
    v = pick(r, CLASSES["an"], 14)
    return "sql", r.choice([f"CREATE USER 'app'@'%' IDENTIFIED BY '{v}';", f"ALTER ROLE app WITH PASSWORD '{v}';"]), v

def s_htpasswd(r):
    v = pick(r, CLASSES["an"], 22)
    return "cli", f"$ wget --http-user=ci --http-password={v} https://repo.example.com/a.zip", v

def s_wifi(r):
    v = pick(r, CLASSES["an"], 14)
    return "wpa_supplicant", f'network={{\n  ssid="office"\n  psk="{v}"\n}}', v

def s_ansible(r):
    v = pick(r, CLASSES["an"], 16)
    return "ini", f"web1 ansible_host=10.0.4.17 ansible_user=root ansible_password={v}", v

def s_openssl_pass(r):
    v = pick(r, CLASSES["an"], 16)
    return "cli", f"$ openssl enc -aes-256-cbc -pass pass:{v} -in a -out b", v

def s_maven(r):
    v = pick(r, CLASSES["an"], 18)
    return "xml", f"<server><id>releases</id><username>ci</username><password>{v}</password></server>", v

def s_git_credentials(r):
    v = pick(r, CLASSES["hx"], 40)
    return "git_credentials", f"https://{r.choice(USERS)}:{v}@git.example.com", v

def s_token_user(r):
    v = pick(r, CLASSES["hx"], 40)
    return "url", f"Cloning into 'app'... fatal: unable to access 'https://{v}@github.com/team/app.git/': 403", v

def s_cargo_credentials(r):
    v = pick(r, CLASSES["an"], 35)
    return "toml", f'[registry]\ntoken = "{v}"\n', v

def s_ldap(r):
    v = pick(r, CLASSES["an"], 14)
    return "cli", f'$ ldapsearch -x -D "cn=admin,dc=example" -w {v} -b dc=example', v

def s_x_header(name):
    def build(r):
        v = pick(r, CLASSES["an"], 32)
        return r.choice([("http_header", f"{name}: {v}"), ("curl", f"curl -H '{name}: {v}' https://api.example.com/v4/projects"), ("rust_debug", f'("{name.lower()}", "{v}")')]) + (v,)
    return build

STRUCTURED = {
    "pem-rsa": pem("RSA PRIVATE KEY"), "pem-pkcs8": pem("PRIVATE KEY"), "pem-ec": pem("EC PRIVATE KEY"),
    "pem-openssh": pem("OPENSSH PRIVATE KEY"), "pem-encrypted": pem("ENCRYPTED PRIVATE KEY"),
    "pem-dsa": pem("DSA PRIVATE KEY"), "pgp-private-block": pem("PGP PRIVATE KEY BLOCK"),
    "pem-one-line": s_pem_one_line, "pem-tail": s_pem_tail, "pem-head": s_pem_head, "pem-percent": s_pem_percent,
    "pem-base64": s_base64_pem, "putty-key": s_putty, "jwt": s_jwt, "jwt-base64": s_jwt_base64,
    "supabase-service-role": s_supabase_anon, "url-postgres": url_password("postgres", 5432, "app"),
    "url-postgresql": url_password("postgresql", 5432, "app?sslmode=require"), "url-mysql": url_password("mysql", 3306, "app"),
    "url-mongodb": url_password("mongodb", 27017, "app"), "url-mongodb-srv": url_password("mongodb+srv", 27017),
    "url-redis": url_password("redis", 6379, "0"), "url-rediss": url_password("rediss", 6380, "0"),
    "url-amqp": url_password("amqp", 5672), "url-https": url_password("https", 8443, "v1"),
    "url-ftp": url_password("ftp", 21, "pub"), "url-ldap": url_password("ldap", 389), "url-smtp": url_password("smtp", 587),
    "url-clickhouse": url_password("clickhouse", 9000, "logs"), "url-slash": url_odd("/"), "url-hash": url_odd("#"),
    "url-question": url_odd("?"), "url-json-slashes": s_url_json_slashes, "basic-credentials": s_basic,
    "cookie-session": s_cookie, "curl-user": s_curl_user, "cli-short-password": s_short_p, "netrc": s_netrc,
    "pgpass": s_pgpass, "npmrc-token": s_npmrc, "npmrc-auth": s_npmrc_auth, "pypirc": s_pypirc,
    "docker-auth": s_docker_auth, "kubeconfig-key": s_kube_key, "kubernetes-secret": s_kube_secret,
    "slack-webhook": s_slack_hook, "discord-webhook": s_discord_hook, "teams-webhook": s_teams_hook,
    "zapier-webhook": s_zapier_hook, "telegram-url": s_telegram_url, "azure-sas": s_sas,
    "azure-storage-connection": s_azure_storage, "azure-servicebus": s_azure_servicebus,
    "azure-appconfig": s_azure_appconfig, "sqlserver": s_sqlserver, "jdbc": s_jdbc, "libpq": s_libpq,
    "azure-redis": s_azure_redis, "aws-signature": s_aws_signed, "aws-credentials-file": s_aws_credentials,
    "sentry-org": s_sentry_org, "grafana-legacy": s_grafana_legacy, "sidekiq-url": s_sidekiq, "nuget": s_nuget,
    "freemius": s_freemius, "gcp-service-account": s_gcp_service_account, "gcp-adc": s_gcp_adc,
    "oauth-form": s_oauth_form, "oauth-access": s_oauth_response, "oauth-refresh": s_refresh_response,
    "bearer-opaque": s_bearer_opaque, "password-spaces": s_spaces_password, "passphrase-spaces": s_spaces_quoted,
    "sql-password": s_sql_identified, "wget-password": s_htpasswd, "wifi-psk": s_wifi, "ansible-password": s_ansible,
    "openssl-pass": s_openssl_pass, "maven-password": s_maven, "git-credentials": s_git_credentials,
    "url-token-as-user": s_token_user, "cargo-credentials": s_cargo_credentials, "ldap-bind": s_ldap,
    "header-vault": s_x_header("X-Vault-Token"), "header-gitlab": s_x_header("PRIVATE-TOKEN"),
    "header-api-key": s_x_header("X-API-Key"), "header-auth-token": s_x_header("X-Auth-Token"),
    "header-figma": s_x_header("X-Figma-Token"), "header-csrf-free": s_x_header("X-Access-Token"),
}


def context_name(function):
    return function.__name__.split("_", 1)[1]


def take(rng, pool, count, state):
    """Deals contexts from a shuffled deck, so that every context is used about equally often."""
    dealt = []
    while len(dealt) < count:
        if not state:
            state.extend(rng.sample(pool, len(pool)))
        dealt.append(state.pop())
    return dealt


def main():
    rng = random.Random(SEED)
    records = []
    decks = {"named": [], "token": [], "escaped": []}

    def add(kind, context, text, secret, escaped):
        assert secret is None or (secret in text and len(secret) >= 8), (kind, context, text)
        records.append({"text": text, "secret": secret, "kind": kind, "context": context, "escaped": escaped})

    def place(kind, form, name, function, escaped, bare):
        value, start = make(rng, form)
        shown = value[start:]
        if function is e_html:
            shown = html.escape(shown)
        if function in PERCENT:
            shown = urllib.parse.quote(shown, safe="")
        text = function(rng, name, value, bare) if escaped else function(rng, name, value)
        add(kind, context_name(function), text, shown, escaped)

    for kind, form, name in rows(TOKENS):
        for function in take(rng, TOKEN_PLAIN, 2, decks["token"]) + take(rng, NAMED_PLAIN, 2, decks["named"]):
            place(kind, form, name, function, False, True)
        for function in take(rng, ESCAPED, 2, decks["escaped"]):
            place(kind, form, name, function, True, True)
    for kind, form, name in rows(NAMED):
        for function in take(rng, NAMED_PLAIN, 4, decks["named"]):
            place(kind, form, name, function, False, False)
        for function in take(rng, ESCAPED, 2, decks["escaped"]):
            place(kind, form, name, function, True, False)
    for kind, build in STRUCTURED.items():
        escaped_form = build in (s_pem_one_line, s_pem_percent, s_gcp_service_account, s_url_json_slashes)
        for _ in range(2):
            context, text, secret = build(rng)
            add(kind, context, text, secret, escaped_form)
        if not escaped_form:
            context, text, secret = build(rng)
            add(kind, context + "_in_json", json.dumps({"output": text}), jstr(secret), True)

    for line in (HERE / "harmless.jsonl").read_text().splitlines():
        records.append(json.loads(line))
    with open(HERE / "corpus.jsonl", "w") as out:
        for record in records:
            out.write(json.dumps(record) + "\n")
    secrets = [r for r in records if r["secret"]]
    print(len(secrets), "secrets,", sum(r["escaped"] for r in secrets), "escaped,",
          len({r["kind"] for r in secrets}), "kinds,", len({r["context"] for r in secrets}), "contexts,",
          len(records) - len(secrets), "harmless")


main()
