//! `[traces]`: a collector that takes a trace of each order.

use super::alerts::secret_url;
use super::source::Source;
use secrecy::SecretString;

/// Where traces go.
#[derive(Debug, Clone)]
pub struct Traces {
    /// Takes OTLP over HTTP as JSON. It may hold a token.
    pub otlp_url: Option<SecretString>,
    /// What stands in the `Authorization` header, if the collector asks for one.
    pub authorization: Option<SecretString>,
}

impl Traces {
    pub(super) fn take(source: &mut Source<'_>) -> Option<Self> {
        let otlp_url = secret_url(source, "traces.otlp_url");
        let authorization = source.optional_text("traces.authorization");
        let authorization = source.check("traces.authorization", Some(authorization), |text| match text {
            Some(text) if !text.bytes().all(|byte| matches!(byte, 0x20..=0x7e)) => {
                Err("cannot stand in a header: only printable ASCII can".to_owned())
            }
            text => Ok(text.map(SecretString::from)),
        });
        Some(Self { otlp_url: otlp_url?, authorization: authorization? })
    }
}
