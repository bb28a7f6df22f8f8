//! Names of secrets: of settings, headers, flags, variables and fields.

use super::shape;

/// How much a name promises that its value is a secret.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Promise {
    /// The value is a secret unless it is an expression or a placeholder.
    Secret,
    /// Like `Secret`, and people choose the value: it may have spaces.
    Password,
    /// The value of a header that may be a list: `Authorization`, `Cookie`.
    Header,
    /// The value is a secret where it looks random.
    Likely,
    /// Like `Likely`, and a long hexadecimal number or a UUID counts as random.
    Token,
}

/// The last words of names whose value is a secret, joined: `x-api-key`, `dbPassword`, `CLIENT_SECRET`.
#[rustfmt::skip]
const SECRETS: [&str; 58] = [
    "apikey", "xapikey", "apitoken", "appkey", "applicationkey", "appsecret", "accesskey",
    "accesstoken", "accountkey", "authkey", "authtoken", "bearertoken", "bottoken", "clientkeydata",
    "clientsecret", "consumersecret", "consumerkey", "deploykey", "deploytoken", "dockerconfigjson",
    "encryptionkey", "idtoken", "integrationkey", "jobtoken", "jwtsecret", "licensekey",
    "managementkey", "masterkey", "oauthtoken", "personaltoken", "privatekey", "privatetoken",
    "refreshtoken", "runnertoken", "secret", "secretkey", "secretaccesskey", "secretid",
    "secrettoken", "securitytoken", "servicekey", "servicetoken", "sessiontoken", "sharedaccesskey",
    "sharedkey", "sharedsecret", "signingkey", "signingsecret", "storagekey", "subscriptionkey",
    "usertoken", "vaulttoken", "virtualkey", "webhooksecret", "writekey", "ingestkey", "serverkey",
    "authorizationtoken",
];
const PASSWORDS: [&str; 7] = [
    "password",
    "passwd",
    "passphrase",
    "passcode",
    "pwd",
    "passw",
    "passwort",
];
const HEADERS: [&str; 3] = ["authorization", "cookie", "xauth"];
/// Ends of names written in one word: `dbpassword`, `openaiapikey`.
const ENDS: [&str; 9] = [
    "password",
    "passwd",
    "passphrase",
    "apikey",
    "secretkey",
    "accesstoken",
    "authtoken",
    "clientsecret",
    "privatekey",
];
/// Last words whose value is a secret where it looks random.
const LIKELY: [&str; 4] = ["key", "signature", "sig", "jwt"];
const TOKENS: [&str; 8] = [
    "token",
    "auth",
    "credential",
    "credentials",
    "creds",
    "pat",
    "pass",
    "secrets",
];
/// Words before `key` and `token` that say that the value is none.
#[rustfmt::skip]
const OTHERS: [&str; 57] = [
    "public", "pub", "primary", "foreign", "partition", "sort", "cache", "idempotency", "group",
    "object", "row", "hash", "map", "dedup", "deduplication", "lookup", "index", "routing", "page",
    "next", "prev", "previous", "continuation", "cursor", "sync", "eos", "bos", "pad", "unk", "sep",
    "cls", "mask", "stop", "start", "end", "max", "min", "per", "prompt", "completion", "total",
    "num", "first", "last", "cancellation", "invalid", "unexpected", "unknown", "special", "input",
    "output", "storage_class", "sorting", "query", "i18n", "translation", "react",
];
/// Words at the end of a name that say which of several secrets it is.
#[rustfmt::skip]
const SUFFIXES: [&str; 25] = [
    "old", "new", "prod", "production", "dev", "development", "test", "testing", "staging", "stage",
    "live", "sandbox", "backup", "primary", "secondary", "default", "base64", "b64", "v1", "v2",
    "v3", "value", "plain", "raw", "main",
];
/// Providers whose keys have no form of their own. They are found by the name before the value.
#[rustfmt::skip]
const PROVIDERS: [&str; 73] = [
    "adafruit", "airtable", "algolia", "amplitude", "asana", "assemblyai", "atlassian", "auth0",
    "azure", "bitbucket", "bitly", "bittrex", "browserstack", "bugsnag", "clarifai", "clearbit",
    "cloudflare", "cloudinary", "codacy", "codecov", "cohere", "coinbase", "confluent",
    "contentful", "coveralls", "datadog", "deepgram", "deepl", "discord", "dropbox", "droneci",
    "elevenlabs", "etsy", "facebook", "fastly", "finnhub", "flickr", "freshbooks", "gitter",
    "heroku", "honeycomb", "hubspot", "intercom", "jenkins", "jfrog", "jira", "kraken", "kucoin",
    "launchdarkly", "linkedin", "looker", "mailchimp", "mailgun", "mattermost", "meraki",
    "messagebird", "mistral", "mixpanel", "netlify", "newrelic", "nytimes", "okta", "opsgenie",
    "pagerduty", "paypal", "pingdom", "rapidapi", "segment", "snyk", "squarespace", "twilio",
    "twitch", "zendesk",
];
/// The longest name that is looked at, and the most words of one.
pub(super) const MAX_NAME: usize = 64;
const MAX_WORDS: usize = 12;

/// The words of a name, in lower case.
struct Words {
    text: [u8; MAX_NAME],
    ends: [usize; MAX_WORDS],
    count: usize,
}

impl Words {
    fn of(name: &[u8]) -> Self {
        let mut words = Self {
            text: [0; MAX_NAME],
            ends: [0; MAX_WORDS],
            count: 0,
        };
        let mut len = 0;
        let mut before = b'_';
        for (at, byte) in name.iter().take(MAX_NAME).copied().enumerate() {
            let hump = byte.is_ascii_uppercase()
                && (before.is_ascii_lowercase()
                    || before.is_ascii_uppercase()
                        && name.get(at + 1).is_some_and(u8::is_ascii_lowercase));
            if !byte.is_ascii_alphanumeric() || hump {
                words.end(len);
            }
            if byte.is_ascii_alphanumeric() {
                words.text[len] = byte.to_ascii_lowercase();
                len += 1;
            }
            before = byte;
        }
        words.end(len);
        words
    }

    fn end(&mut self, len: usize) {
        if len > self.start(self.count) && self.count < MAX_WORDS {
            self.ends[self.count] = len;
            self.count += 1;
        }
    }

    fn start(&self, word: usize) -> usize {
        if word == 0 { 0 } else { self.ends[word - 1] }
    }

    /// The words from one to the last, joined.
    fn from(&self, word: usize) -> &str {
        let end = if self.count == 0 {
            0
        } else {
            self.ends[self.count - 1]
        };
        std::str::from_utf8(&self.text[self.start(word).min(end)..end]).unwrap_or_default()
    }

    fn word(&self, word: usize) -> &str {
        std::str::from_utf8(&self.text[self.start(word)..self.ends[word]]).unwrap_or_default()
    }

    /// Takes off the numbers and words at the end that say which of several secrets it is.
    fn without_suffixes(mut self) -> Self {
        while self.count > 1 {
            let last = self.word(self.count - 1);
            let number = last.len() <= 2 && last.bytes().all(|byte| byte.is_ascii_digit());
            if !number && !SUFFIXES.contains(&last) {
                break;
            }
            self.count -= 1;
        }
        self
    }
}

/// Beginnings of the words that every name of a secret has one of, beside the providers'.
#[rustfmt::skip]
const ROOTS: [&str; 13] = [
    "key", "tok", "sec", "pas", "pwd", "aut", "cre", "sig", "jwt", "pat", "coo", "web", "doc",
];
/// A bit for each three bytes, with 5 bits of each, that may be a root.
static MAY_BE_ROOT: [u64; 512] = {
    let mut table = [0; 512];
    let mut at = 0;
    while at < ROOTS.len() + PROVIDERS.len() {
        let word = if at < ROOTS.len() {
            ROOTS[at]
        } else {
            PROVIDERS[at - ROOTS.len()]
        };
        let word = word.as_bytes();
        let index = root(word[0], word[1], word[2]);
        table[index >> 6] |= 1 << (index & 63);
        at += 1;
    }
    let relic = root(b'n', b'e', b'w');
    table[relic >> 6] |= 1 << (relic & 63);
    table
};

const fn root(first: u8, second: u8, third: u8) -> usize {
    ((first & 31) as usize) << 10 | ((second & 31) as usize) << 5 | (third & 31) as usize
}

/// Whether a name may be one of a secret: a quick test that most names fail.
fn may_be_secret(name: &[u8]) -> bool {
    name.windows(3).any(|three| {
        let index = root(three[0], three[1], three[2]);
        MAY_BE_ROOT[index >> 6] >> (index & 63) & 1 == 1
    })
}

/// What a name promises; `None` where its value is no secret.
pub(super) fn promise(name: &[u8]) -> Option<Promise> {
    if !may_be_secret(name) {
        return None;
    }
    let words = Words::of(name).without_suffixes();
    let last = words.count.checked_sub(1)?;
    let end = words.word(last);
    let tails = (0..words.count).rev().take(3);
    for first in tails {
        let tail = words.from(first);
        if PASSWORDS.contains(&tail) {
            return Some(Promise::Password);
        }
        if HEADERS.contains(&tail) {
            return Some(Promise::Header);
        }
        if SECRETS.contains(&tail) {
            return Some(Promise::Secret);
        }
    }
    let joined = words.from(0);
    if ENDS.iter().any(|known| joined.ends_with(known)) {
        return Some(Promise::Secret);
    }
    if joined.ends_with(HEADERS[0]) {
        return Some(Promise::Header);
    }
    if end == "pass" && last > 0 {
        return Some(Promise::Secret);
    }
    let before = last.checked_sub(1).map(|before| words.word(before));
    if before.is_some_and(|before| OTHERS.contains(&before)) {
        return None;
    }
    // What a shell calls so, whoever it is for: `SOME_SERVICE_TOKEN`.
    let is_variable = last > 0 && !name.iter().any(u8::is_ascii_lowercase);
    if is_variable && (end == "token" || end == "pat") {
        return Some(Promise::Secret);
    }
    if TOKENS.contains(&end) {
        return Some(Promise::Token);
    }
    let is_of_provider = is_of_provider(&words);
    if LIKELY.contains(&end) {
        return Some(if is_of_provider {
            Promise::Token
        } else {
            Promise::Likely
        });
    }
    (is_of_provider && last == 0).then_some(Promise::Token)
}

fn is_of_provider(words: &Words) -> bool {
    let is_provider = |word: &str| PROVIDERS.contains(&word);
    (0..words.count).any(|at| {
        is_provider(words.word(at))
            || at + 1 < words.count && words.word(at) == "new" && words.word(at + 1) == "relic"
    })
}

/// Whether a value is the name of a secret instead of one, as in `password: user_password`.
pub(super) fn is_name_of_secret(value: &[u8]) -> bool {
    value.len() <= MAX_NAME
        && !value.iter().any(u8::is_ascii_digit)
        && shape::is_name(value)
        && promise(value).is_some()
}
