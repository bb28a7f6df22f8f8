//! Words of the names of secrets.

/// The last words of names whose value is a secret, joined: `x-api-key`, `dbPassword`, `CLIENT_SECRET`.
#[rustfmt::skip]
pub(super) const SECRETS: [&str; 73] = [
    "accesskey", "accesstoken", "accountkey", "adminkey", "aeskey", "apikey", "apitoken", "appkey",
    "applicationkey", "appsecret", "authkey", "authorizationtoken", "authtoken", "bearertoken",
    "bottoken", "clientkeydata", "clientsecret", "consumerkey", "consumersecret", "deploykey",
    "deploytoken", "dockerconfigjson", "dsonarlogin", "encryptionkey", "encryptkey", "hmackey", "honeycombteam", "idtoken",
    "ingestkey", "integrationkey", "jobtoken", "jwtsecret", "licensekey", "managementkey",
    "masterkey", "oauthtoken", "pattoken", "personaltoken", "preauthkey", "presharedkey",
    "privatekey", "privatetoken", "recoveryphrase", "refreshtoken", "rootkey", "runnertoken",
    "sastoken", "secret", "secretaccesskey", "secretid", "secretkey", "secrettoken",
    "securitytoken", "seedphrase", "serverkey", "servicekey", "servicetoken", "sessiontoken",
    "sharedaccesskey", "sharedkey", "sharedsecret", "signingkey", "signingsecret", "signkey", "sonarlogin",
    "storagekey", "subscriptionkey", "usertoken", "vaulttoken", "virtualkey", "webhooksecret",
    "writekey", "xapikey",
];
#[rustfmt::skip]
pub(super) const PASSWORDS: [&str; 12] = [
    "password", "passwd", "passphrase", "passcode", "pwd", "passw", "passwort", "psk",
    "requirepass", "masterauth", "contrasena", "motdepasse",
];
#[rustfmt::skip]
pub(super) const HEADERS: [&str; 3] = [
    "authorization", "cookie", "xauth",
];
/// Ends of names written in one word: `dbpassword`, `openaiapikey`.
#[rustfmt::skip]
pub(super) const ENDS: [&str; 12] = [
    "password", "passwd", "passphrase", "apikey", "secretkey", "accesstoken", "authtoken",
    "clientsecret", "privatekey", "apisecret", "appsecret", "sessionsecret",
];
/// Last words whose value is a secret where it looks random.
pub(super) const LIKELY: [&str; 4] = ["key", "signature", "sig", "jwt"];
pub(super) const TOKENS: [&str; 8] = [
    "token",
    "auth",
    "credential",
    "credentials",
    "creds",
    "pat",
    "pass",
    "secrets",
];
/// Words before `key` and `token` whose value is not a secret: `page_token`.
#[rustfmt::skip]
pub(super) const OTHERS: [&str; 57] = [
    "bos", "cache", "cancellation", "cls", "completion", "continuation", "cursor", "dedup",
    "deduplication", "end", "eos", "first", "foreign", "group", "hash", "i18n", "idempotency",
    "index", "input", "invalid", "last", "lookup", "map", "mask", "max", "min", "next", "num",
    "object", "output", "pad", "page", "partition", "per", "prev", "previous", "primary", "prompt",
    "pub", "public", "query", "react", "row", "sep", "socket", "sort", "sorting", "special",
    "start", "stop", "storage_class", "sync", "total", "translation", "unexpected", "unk",
    "unknown", 
];
/// Words at the end of a name that number or distinguish several secrets.
#[rustfmt::skip]
pub(super) const SUFFIXES: [&str; 26] = [
    "b64", "backup", "base", "base64", "default", "dev", "development", "live", "main", "new",
    "old", "plain", "primary", "prod", "production", "raw", "sandbox", "secondary", "stage",
    "staging", "test", "testing", "v1", "v2", "v3", "value",
];
/// Words before `key` in names whose value may be the digest or the id of something.
#[rustfmt::skip]
pub(super) const OF_DIGESTS: [&str; 46] = [
    "archive", "artifact", "asset", "blob", "block", "bucket", "build", "cached", "chunk", "column", "commit", "config",
    "content", "data", "digest", "doc", "document", "edge", "element", "entity", "entry", "etag", "event", "field",
    "file", "image", "item", "job", "layer", "lock", "log", "message", "module", "node", "package", "path", "record",
    "request", "s3", "schema", "shard", "snapshot", "source", "state", "storage", "store",
];
