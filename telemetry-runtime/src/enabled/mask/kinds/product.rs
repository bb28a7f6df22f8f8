//! Other products whose keys have a form of their own.

use super::Source::{Both, Gitleaks, Provider, Trufflehog};
use super::{Check, KindRow, kind, no_words, random, sure};

#[rustfmt::skip] // One row a kind.
pub(super) const ROWS: [KindRow; 34] = [
    sure("Notion token", r"ntn_[0-9]{11}[A-Za-z0-9]{30,}", Gitleaks),
    sure("Notion token of the first form", r"secret_[A-Za-z0-9]{43}", Trufflehog),
    sure("Linear key", r"lin_api_[A-Za-z0-9]{16,}", Both),
    sure("Linear OAuth token", r"lin_oauth_[A-Za-z0-9]{32,}", Provider),
    sure("Airtable personal token", r"pat[A-Za-z0-9]{14}\.[a-f0-9]{64}", Both),
    no_words("Airtable OAuth token", r"[A-Za-z0-9]{3,60}\.v1\.[A-Za-z0-9_-]{10,400}\.[a-f0-9]{32,}", Trufflehog),
    sure("Asana personal token", r"[0-9/]{16,40}:[a-f0-9]{32}", Provider),
    no_words("Mapbox secret token", r"sk\.[A-Za-z0-9_.-]{60,}", Trufflehog),
    no_words("Mapbox public token", r"pk\.eyJ[A-Za-z0-9_.-]{40,}", Gitleaks),
    sure("Mapbox public token of another form", r"pk\.[a-z0-9]{60}\.[a-z0-9]{22}", Gitleaks),
    sure("LocationIQ key", r"pk\.[A-Za-z0-9-]{32}", Trufflehog),
    sure("HubSpot private app token", r"pat-[a-z]{2}[0-9]-[A-Za-z0-9-]{36}", Trufflehog),
    no_words("Typeform token", r"tfp_[A-Za-z0-9_.=-]{40,}", Both),
    sure("Intra 42 id", r"u-s4t2ud-[a-f0-9]{64}", Trufflehog),
    sure("Intra 42 id of another form", r"u-s4t2af-[a-f0-9]{64}", Trufflehog),
    sure("Intra 42 secret", r"s-s4t2ud-[a-f0-9]{64}", Both),
    sure("Intra 42 secret of another form", r"s-s4t2af-[a-f0-9]{64}", Both),
    no_words("Adobe client secret", r"p8e-[A-Za-z0-9_-]{32}", Gitleaks),
    sure("BestTime key", r"pri_[a-f0-9]{32}", Trufflehog),
    sure("Adafruit key", r"aio_[A-Za-z0-9]{28}", Trufflehog),
    no_words("Voiceflow key", r"VF\.[A-Za-z0-9.]{40,50}", Trufflehog),
    no_words("Dropbox short-lived token", r"sl\.[A-Za-z0-9_=-]{60,}", Both),
    no_words("Dropbox short-lived token of another form", r"sl\.u\.[A-Za-z0-9_=-]{60,}", Trufflehog),
    sure("ClickUp token", r"pk_[0-9]{5,9}_[A-Z0-9]{32}", Trufflehog),
    sure("Close key", r"api_[A-Za-z0-9.]{40,50}", Trufflehog),
    sure("Bannerbear key", r"bb_[a-z]{2}_[a-f0-9]{30}", Trufflehog),
    sure("Cal.com live key", r"cal_live_[a-f0-9]{32}", Provider),
    sure("Cal.com key", r"cal_[a-f0-9]{32}", Provider),
    sure("Finage key", r"API_KEY[A-Z0-9]{32}", Trufflehog),
    random("Tableau token", r"[A-Za-z0-9+/]{22}==:[A-Za-z0-9]{32}", Trufflehog),
    no_words("Intercom token", r"dG9rO[A-Za-z0-9+/=]{40,}", Provider),
    random("Sanity token", r"sk[A-Za-z0-9]{79,}", Trufflehog),
    kind("Private key in base64", r"LS0tLS1CRUdJTi[A-Za-z0-9+/=_-]{40,}", Check::PrivateKey, Provider),
    no_words("JSON web token in base64", r"ZXlK[A-Za-z0-9+/=_-]{60,}", Gitleaks),
];
