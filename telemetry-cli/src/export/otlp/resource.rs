//! The resource of each signal: the program that made the records, and the attributes of the environment.

use std::collections::{BTreeMap, HashMap};
use std::env;

use opentelemetry_proto::tonic::resource::v1::Resource;
use telemetry_schema::record::{Header, SessionRecord, Timestamp};

use super::attribute::Attributes;
use crate::error::Error;

/// The name of a service without a header and without `OTEL_SERVICE_NAME`, as OpenTelemetry specifies it.
const UNKNOWN_SERVICE: &str = "unknown_service";

/// The settings of the environment for every resource.
#[derive(Clone, Debug, Default)]
pub(super) struct ResourceSettings {
    service_name: Option<String>,
    attributes: Vec<(String, String)>,
    host: Option<String>,
}

impl ResourceSettings {
    /// Reads `OTEL_SERVICE_NAME` and `OTEL_RESOURCE_ATTRIBUTES`.
    ///
    /// # Errors
    ///
    /// Fails if a value is not valid.
    pub(super) fn from_environment() -> Result<Self, Error> {
        let service_name = text_of("OTEL_SERVICE_NAME")?;
        let attributes = match text_of("OTEL_RESOURCE_ATTRIBUTES")? {
            Some(text) => pairs("OTEL_RESOURCE_ATTRIBUTES", &text)?,
            None => Vec::new(),
        };
        Ok(Self {
            service_name,
            attributes,
            host: None,
        })
    }

    /// Adds the name of this machine, which a file does not get: it may be made of logs of another machine.
    #[must_use]
    #[cfg(feature = "otlp-send")]
    pub(super) fn on_host(mut self, host: Option<String>) -> Self {
        self.host = host;
        self
    }

    /// Returns the resource of a process, whose log may have no header.
    pub(super) fn of(&self, header: Option<&Header<'_>>) -> Resource {
        let mut attributes = self.of_service(header);
        if let Some(it) = header {
            attributes.number("process.pid", Some(u64::from(it.pid)));
            attributes.text("service.instance.id", it.launch_id.as_deref());
            attributes.text("session.id", it.session_id.as_deref());
        }
        self.finish(attributes)
    }

    /// Returns the resource of the sums of an exporter, which are those of many processes.
    #[cfg(feature = "otlp-send")]
    pub(super) fn of_exporter(&self, header: Option<&Header<'_>>, instance: &str) -> Resource {
        let mut attributes = self.of_service(header);
        attributes.text("service.instance.id", Some(instance));
        self.finish(attributes)
    }

    fn of_service(&self, header: Option<&Header<'_>>) -> Attributes {
        let mut attributes = Attributes::default();
        let app = header.and_then(|it| it.app.as_deref());
        attributes.text("service.name", Some(app.unwrap_or(UNKNOWN_SERVICE)));
        if let Some(it) = header {
            let version = it.app_version.as_deref();
            attributes.text("service.version", version.filter(|it| !it.is_empty()));
            attributes.text("os.type", it.os.as_deref());
            attributes.text("host.arch", it.arch.as_deref());
        }
        attributes.text("host.name", self.host.as_deref());
        attributes
    }

    /// Adds the settings of the environment, which take precedence.
    fn finish(&self, mut attributes: Attributes) -> Resource {
        for (name, value) in &self.attributes {
            attributes.text(name, Some(value));
        }
        if self.service_name.is_some() {
            attributes.text("service.name", self.service_name.as_deref());
        }
        Resource {
            attributes: attributes.into_list(),
            ..Resource::default()
        }
    }
}

/// Returns the text of an environment variable; `None` if it is unset or empty.
///
/// # Errors
///
/// Fails if the value is not UTF-8.
pub(super) fn text_of(name: &str) -> Result<Option<String>, Error> {
    match env::var(name) {
        Ok(text) => Ok(Some(text.trim().to_owned()).filter(|text| !text.is_empty())),
        Err(env::VarError::NotPresent) => Ok(None),
        Err(env::VarError::NotUnicode(_)) => Err(Error::new(format!(
            "invalid {name}: the value is not UTF-8; set it to a text"
        ))),
    }
}

/// Parses `name=value,name=value` with percent-encoded values.
///
/// # Errors
///
/// Fails if an element has no `=` or no name, or if a percent sign is not followed by two hexadecimal digits.
pub(super) fn pairs(variable: &str, text: &str) -> Result<Vec<(String, String)>, Error> {
    let invalid = |element: &str, why: &str| {
        Error::new(format!(
            "invalid {variable}: `{element}` {why}; expected name=value,name=value, with commas and percent signs in \
             values as %2C and %25"
        ))
    };
    let mut pairs = Vec::new();
    for element in text.split(',').map(str::trim) {
        if element.is_empty() {
            continue;
        }
        let Some((name, value)) = element.split_once('=') else {
            return Err(invalid(element, "has no `=`"));
        };
        let name = name.trim();
        if name.is_empty() {
            return Err(invalid(element, "has no name"));
        }
        let decoded = percent_decoded(value.trim());
        let value = decoded.ok_or_else(|| invalid(element, "has an incomplete percent escape"))?;
        pairs.push((name.to_owned(), value));
    }
    Ok(pairs)
}

fn percent_decoded(text: &str) -> Option<String> {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let [first, after @ ..] = rest {
        rest = after;
        if *first != b'%' {
            bytes.push(*first);
            continue;
        }
        let (digits, after) = rest.split_at_checked(2)?;
        if !digits.iter().all(u8::is_ascii_hexdigit) {
            return None;
        }
        let digits = str::from_utf8(digits).ok()?;
        bytes.push(u8::from_str_radix(digits, 16).ok()?);
        rest = after;
    }
    String::from_utf8(bytes).ok()
}

/// The resources of requests. A session record does not name its process: the header of its session does, otherwise the
/// last header before the request.
#[derive(Debug, Default)]
pub(super) struct Resources {
    by_session: HashMap<Box<str>, Resource>,
    by_time: BTreeMap<Timestamp, Resource>,
}

impl Resources {
    /// Adds the resource of a header.
    pub(super) fn add(&mut self, header: &Header<'_>, resource: &Resource) {
        if let Some(session) = header.session_id.as_deref() {
            self.by_session
                .entry(session.into())
                .or_insert_with(|| resource.clone());
        }
        self.by_time.insert(header.ts, resource.clone());
    }

    /// Returns the resource of a request.
    pub(super) fn of_request(
        &self,
        it: &SessionRecord<'_>,
        settings: &ResourceSettings,
    ) -> Resource {
        let of_session = self.by_session.get(&*it.session_id);
        let before = || self.by_time.range(..=it.ts).next_back();
        let nearest = || before().or_else(|| self.by_time.first_key_value());
        match of_session.or_else(|| nearest().map(|(_, resource)| resource)) {
            Some(resource) => resource.clone(),
            None => settings.of(None),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn resource_attributes_are_parsed() {
        let found = pairs("V", "team=a%2Cb, user = x ,,project=").unwrap();
        let expected = [("team", "a,b"), ("user", "x"), ("project", "")];
        assert_eq!(
            found,
            expected.map(|(name, value)| (name.to_owned(), value.to_owned()))
        );
        for (text, why) in [
            ("team", "`team` has no `=`"),
            ("=x", "has no name"),
            ("a=%2", "percent"),
            ("a=%zz", "percent"),
            ("a=%ff", "percent"),
        ] {
            let error = pairs("V", text).unwrap_err().to_string();
            assert!(error.contains(why) && error.contains("expected"), "{error}");
        }
    }
}
