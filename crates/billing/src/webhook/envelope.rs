//! What a webhook's body says about itself, read without ever failing.

use serde::Deserialize;
use serde::de::value::MapAccessDeserializer;
use serde::de::{Deserializer, IgnoredAny, MapAccess, SeqAccess, Visitor};
use sha2::{Digest, Sha256};
use std::borrow::Cow;
use std::fmt;
use std::marker::PhantomData;

/// What [`Envelope::kind`] says of a body that does not name its kind.
pub const UNREADABLE_KIND: &str = "unreadable";

/// The outside of an event. Each field is `None` when it is missing or of the wrong type; texts that no id or name of Stripe's
/// can be (empty, over 255 bytes, with control characters) count as missing.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Envelope<'a> {
    /// `evt_…`; see [`Envelope::key`] for what to store it under when there is none.
    pub id: Option<Cow<'a, str>>,
    /// `invoice.paid` for example.
    pub kind: Option<Cow<'a, str>>,
    /// When it happened, in Unix seconds.
    pub created: Option<i64>,
    /// Whether it belongs to live mode.
    pub live: Option<bool>,
    /// In which version the snapshot is written.
    pub api_version: Option<Cow<'a, str>>,
    /// The connected account that it came from: not ours.
    pub account: Option<Cow<'a, str>>,
    /// The key of the request that caused it, if one did.
    pub idempotency_key: Option<Cow<'a, str>>,
    /// What it is about.
    pub object_id: Option<Cow<'a, str>>,
    /// What kind of thing that is, `subscription` for example.
    pub object_kind: Option<Cow<'a, str>>,
    /// What kind of message it is.
    pub shape: Shape,
}

/// What kind of message a body is.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Shape {
    /// An event with a snapshot of its object: what our endpoint is registered for.
    Snapshot,
    /// A notification without a snapshot: somebody set up another kind of destination.
    Thin,
    /// Anything else: keep it and raise an alert.
    #[default]
    Unreadable,
}

impl<'a> Envelope<'a> {
    /// Reads the outside of `body`, borrowing from it where the JSON has no escapes.
    pub fn parse(body: &'a [u8]) -> Self {
        let Ok(text) = std::str::from_utf8(body) else {
            return Self::default();
        };
        serde_json::from_str::<Fields<Wire<'a>>>(text).map(|fields| Self::from(fields.0)).unwrap_or_default()
    }

    /// The kind, or [`UNREADABLE_KIND`].
    pub fn kind(&self) -> &str {
        self.kind.as_deref().unwrap_or(UNREADABLE_KIND)
    }

    /// What to store the event under: its id, or for a body without one `body:` and the SHA-256 of it in hex, so that a
    /// repetition of the same bytes is still the same row.
    pub fn key(&self, body: &[u8]) -> Cow<'a, str> {
        match &self.id {
            Some(id) => id.clone(),
            None => Cow::Owned(format!("body:{}", hex::encode(Sha256::digest(body)))),
        }
    }
}

/// `body` as text that every database can keep: bytes that are no UTF-8, and NUL, become replacement characters.
pub fn storable_text(body: &[u8]) -> Cow<'_, str> {
    match String::from_utf8_lossy(body) {
        text if text.contains('\0') => Cow::Owned(text.replace('\0', "\u{fffd}")),
        text => text,
    }
}

impl<'a> From<Wire<'a>> for Envelope<'a> {
    fn from(wire: Wire<'a>) -> Self {
        let thin = matches!(&wire.object, Scalar::Text(object) if object == "v2.core.event");
        let (object_id, object_kind) = if thin {
            (wire.related_object.0.id, wire.related_object.0.kind)
        } else {
            (wire.data.0.object.0.id, wire.data.0.object.0.object)
        };
        let mut envelope = Self {
            id: wire.id.name(),
            kind: wire.kind.name(),
            created: wire.created.whole(),
            live: wire.livemode.flag(),
            api_version: wire.api_version.name(),
            account: wire.account.name(),
            idempotency_key: wire.request.0.idempotency_key.name(),
            object_id: object_id.name(),
            object_kind: object_kind.name(),
            shape: Shape::Unreadable,
        };
        envelope.shape = match (&envelope.id, &envelope.kind, &envelope.object_kind) {
            (Some(_), Some(_), _) if thin => Shape::Thin,
            (Some(_), Some(_), Some(_)) => Shape::Snapshot,
            _ => Shape::Unreadable,
        };
        envelope
    }
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Wire<'a> {
    #[serde(borrow)]
    id: Scalar<'a>,
    #[serde(borrow)]
    object: Scalar<'a>,
    #[serde(borrow, rename = "type")]
    kind: Scalar<'a>,
    #[serde(borrow)]
    created: Scalar<'a>,
    #[serde(borrow)]
    livemode: Scalar<'a>,
    #[serde(borrow)]
    api_version: Scalar<'a>,
    #[serde(borrow)]
    account: Scalar<'a>,
    #[serde(borrow)]
    request: Fields<WireRequest<'a>>,
    #[serde(borrow)]
    data: Fields<WireData<'a>>,
    #[serde(borrow)]
    related_object: Fields<WireRelated<'a>>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct WireRequest<'a> {
    #[serde(borrow)]
    idempotency_key: Scalar<'a>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct WireData<'a> {
    #[serde(borrow)]
    object: Fields<WireObject<'a>>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct WireObject<'a> {
    #[serde(borrow)]
    id: Scalar<'a>,
    #[serde(borrow)]
    object: Scalar<'a>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct WireRelated<'a> {
    #[serde(borrow)]
    id: Scalar<'a>,
    #[serde(borrow, rename = "type")]
    kind: Scalar<'a>,
}

/// A value of whatever type; arrays and objects are skipped.
#[derive(Default)]
enum Scalar<'a> {
    Text(Cow<'a, str>),
    Whole(i64),
    Flag(bool),
    #[default]
    Other,
}

impl<'a> Scalar<'a> {
    /// The text, if it can be an id or a name.
    fn name(self) -> Option<Cow<'a, str>> {
        match self {
            Self::Text(text) if (1..=255).contains(&text.len()) && !text.chars().any(char::is_control) => Some(text),
            Self::Text(_) | Self::Whole(_) | Self::Flag(_) | Self::Other => None,
        }
    }

    fn whole(&self) -> Option<i64> {
        if let Self::Whole(number) = self { Some(*number) } else { None }
    }

    fn flag(&self) -> Option<bool> {
        if let Self::Flag(flag) = self { Some(*flag) } else { None }
    }
}

impl<'de: 'a, 'a> Deserialize<'de> for Scalar<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(ScalarVisitor)
    }
}

struct ScalarVisitor;

impl<'de> Visitor<'de> for ScalarVisitor {
    type Value = Scalar<'de>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("any value")
    }

    fn visit_borrowed_str<E>(self, text: &'de str) -> Result<Scalar<'de>, E> {
        Ok(Scalar::Text(Cow::Borrowed(text)))
    }

    fn visit_str<E>(self, text: &str) -> Result<Scalar<'de>, E> {
        Ok(Scalar::Text(Cow::Owned(text.to_owned())))
    }

    fn visit_i64<E>(self, number: i64) -> Result<Scalar<'de>, E> {
        Ok(Scalar::Whole(number))
    }

    fn visit_u64<E>(self, number: u64) -> Result<Scalar<'de>, E> {
        Ok(i64::try_from(number).map_or(Scalar::Other, Scalar::Whole))
    }

    fn visit_f64<E>(self, _: f64) -> Result<Scalar<'de>, E> {
        Ok(Scalar::Other)
    }

    fn visit_bool<E>(self, flag: bool) -> Result<Scalar<'de>, E> {
        Ok(Scalar::Flag(flag))
    }

    fn visit_unit<E>(self) -> Result<Scalar<'de>, E> {
        Ok(Scalar::Other)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Scalar<'de>, A::Error> {
        while seq.next_element::<IgnoredAny>()?.is_some() {}
        Ok(Scalar::Other)
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Scalar<'de>, A::Error> {
        while map.next_entry::<IgnoredAny, IgnoredAny>()?.is_some() {}
        Ok(Scalar::Other)
    }
}

/// An object's fields; a value that is no object has none of them.
#[derive(Default)]
struct Fields<T>(T);

impl<'de, T: Deserialize<'de> + Default> Deserialize<'de> for Fields<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(FieldsVisitor(PhantomData))
    }
}

struct FieldsVisitor<T>(PhantomData<T>);

impl<'de, T: Deserialize<'de> + Default> Visitor<'de> for FieldsVisitor<T> {
    type Value = Fields<T>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("any value")
    }

    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Fields<T>, A::Error> {
        T::deserialize(MapAccessDeserializer::new(map)).map(Fields)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Fields<T>, A::Error> {
        while seq.next_element::<IgnoredAny>()?.is_some() {}
        Ok(Fields::default())
    }

    fn visit_str<E>(self, _: &str) -> Result<Fields<T>, E> {
        Ok(Fields::default())
    }

    fn visit_i64<E>(self, _: i64) -> Result<Fields<T>, E> {
        Ok(Fields::default())
    }

    fn visit_u64<E>(self, _: u64) -> Result<Fields<T>, E> {
        Ok(Fields::default())
    }

    fn visit_f64<E>(self, _: f64) -> Result<Fields<T>, E> {
        Ok(Fields::default())
    }

    fn visit_bool<E>(self, _: bool) -> Result<Fields<T>, E> {
        Ok(Fields::default())
    }

    fn visit_unit<E>(self) -> Result<Fields<T>, E> {
        Ok(Fields::default())
    }
}
