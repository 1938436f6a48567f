//! What a JSON value looks like, without what it says.

use serde_json::Value;
use std::collections::BTreeMap;
use std::fmt;

/// Keys and JSON types, recursively; of a list the first item.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Shape {
    Null,
    Bool,
    Number,
    Text,
    List(Option<Box<Shape>>),
    Object(BTreeMap<String, Shape>),
}

impl Shape {
    pub(crate) fn of(value: &Value) -> Self {
        match value {
            Value::Null => Self::Null,
            Value::Bool(_) => Self::Bool,
            Value::Number(_) => Self::Number,
            Value::String(_) => Self::Text,
            Value::Array(items) => Self::List(items.first().map(|item| Box::new(Self::of(item)))),
            Value::Object(map) => Self::Object(map.iter().map(|(key, value)| (key.clone(), Self::of(value))).collect()),
        }
    }
}

impl fmt::Display for Shape {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Null => f.write_str("null"),
            Self::Bool => f.write_str("bool"),
            Self::Number => f.write_str("number"),
            Self::Text => f.write_str("text"),
            Self::List(None) => f.write_str("[]"),
            Self::List(Some(item)) => write!(f, "[{item}]"),
            Self::Object(map) => {
                f.write_str("{")?;
                for (key, value) in map {
                    write!(f, "{key}: {value}, ")?;
                }
                f.write_str("}")
            }
        }
    }
}
