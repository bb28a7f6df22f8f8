//! Logs, metrics, errors and incidents.

use super::Source::{Both, Gitleaks, Provider, Trufflehog};
use super::{KindRow, no_words, sure};

#[rustfmt::skip] // One row a kind.
pub(super) const ROWS: [KindRow; 26] = [
    sure("New Relic user key", r"NRAK-[A-Z0-9]{20,}", Both),
    no_words("New Relic insert key", r"NRII-[A-Za-z0-9_-]{25,}", Both),
    no_words("New Relic query key", r"NRIQ-[A-Za-z0-9_-]{25,}", Trufflehog),
    sure("New Relic browser key", r"NRJS-[a-f0-9]{19}", Gitleaks),
    sure("New Relic browser key of another form", r"NRBR-[a-f0-9]{19}", Trufflehog),
    sure("New Relic admin key", r"NRAA-[a-f0-9]{27}", Provider),
    sure("New Relic mobile token", r"[A-Za-z0-9]{42}-NRMA", Trufflehog),
    no_words("Sentry organization token", r"sntrys_[A-Za-z0-9_+/=-]{16,}", Both),
    sure("Sentry user token", r"sntryu_[a-f0-9]{64}", Both),
    sure("Sentry integration token", r"sntryi_[a-f0-9]{64}", Provider),
    no_words("Grafana Cloud token", r"glc_[A-Za-z0-9+/=]{32,}", Both),
    no_words("Grafana service account token", r"glsa_[A-Za-z0-9_]{32,}", Both),
    no_words("Honeycomb key", r"hcaik_[A-Za-z0-9_]{58}", Provider),
    no_words("PostHog personal key", r"phx_[A-Za-z0-9_]{40,}", Trufflehog),
    no_words("PostHog project key", r"phc_[A-Za-z0-9_]{40,}", Provider),
    sure("Datadog application key", r"ddapp_[A-Za-z0-9]{34,}", Provider),
    sure("Logfire token", r"pylf_v[0-9]_[a-z]{2}_[A-Za-z0-9]{30,}", Provider),
    sure("Axiom token", r"xaat-[a-f0-9-]{36}", Provider),
    sure("Axiom personal token", r"xapt-[a-f0-9-]{36}", Provider),
    sure("Rootly key", r"rootly_[a-f0-9]{64}", Trufflehog),
    no_words("PagerDuty token", r"pdus\+_[A-Z0-9]{4}_[A-Za-z0-9_-]{20,}", Provider),
    sure("pganalyze key", r"pgar_[A-Za-z0-9]{27}", Trufflehog),
    no_words("FullStory key", r"na1\.[A-Za-z0-9+/]{60,}", Trufflehog),
    sure("Ubidots token", r"BBFF-[A-Za-z0-9]{30}", Trufflehog),
    no_words("Elastic Cloud key", r"essu_[A-Za-z0-9+/=]{40,}", Provider),
    no_words("Grafana API key", r"eyJrIjoi[A-Za-z0-9+/=]{40,}", Gitleaks),
];
