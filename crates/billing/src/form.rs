//! Parameters as Stripe wants them: `application/x-www-form-urlencoded`, nested names in brackets, arrays with explicit indexes.

use jiff::Timestamp;
use std::collections::BTreeMap;

/// Parameters in the order in which they were added. The same additions give the same bytes, so the text can be stored with
/// an idempotency key and sent again later.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Form {
    text: String,
}

impl Form {
    /// No parameters.
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds one parameter. An empty `value` clears the field at Stripe.
    #[must_use]
    pub fn set(mut self, name: &str, value: impl AsRef<str>) -> Self {
        let mut pairs = form_urlencoded::Serializer::new(std::mem::take(&mut self.text));
        pairs.append_pair(name, value.as_ref());
        self.text = pairs.finish();
        self
    }

    /// Adds a parameter if there is a value; an absent parameter leaves the field at Stripe as it is.
    #[must_use]
    pub fn maybe(self, name: &str, value: Option<impl AsRef<str>>) -> Self {
        match value {
            Some(value) => self.set(name, value),
            None => self,
        }
    }

    /// Adds a number.
    #[must_use]
    pub fn number(self, name: &str, value: i64) -> Self {
        self.set(name, value.to_string())
    }

    /// Adds a truth value.
    #[must_use]
    pub fn flag(self, name: &str, value: bool) -> Self {
        self.set(name, if value { "true" } else { "false" })
    }

    /// Adds an instant in whole Unix seconds, rounded down.
    #[must_use]
    pub fn instant(self, name: &str, value: Timestamp) -> Self {
        self.number(name, value.as_second())
    }

    /// Adds `name[0]`, `name[1]` and so on.
    #[must_use]
    pub fn list<T: AsRef<str>>(self, name: &str, values: &[T]) -> Self {
        values.iter().enumerate().fold(self, |form, (index, value)| form.set(&format!("{name}[{index}]"), value))
    }

    /// Adds `name[key]` for each pair, sorted by key.
    #[must_use]
    pub fn map(self, name: &str, pairs: &BTreeMap<String, String>) -> Self {
        pairs.iter().fold(self, |form, (key, value)| form.set(&format!("{name}[{key}]"), value))
    }

    /// The encoded text, for a body or a query.
    pub fn into_text(self) -> String {
        self.text
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn decoded(text: &str) -> Vec<(String, String)> {
        form_urlencoded::parse(text.as_bytes()).into_owned().collect()
    }

    #[test]
    fn nested_names_arrays_and_empty_values_are_written_in_the_order_of_their_addition() {
        let metadata = BTreeMap::from([("b".to_owned(), "2".to_owned()), ("a".to_owned(), "1 & more".to_owned())]);
        let text = Form::new()
            .set("customer", "cus_1")
            .set("line_items[0][price]", "price_1")
            .flag("allow_promotion_codes", true)
            .number("created[gte]", 1_767_225_600)
            .list("types", &["invoice.paid", "charge.refunded"])
            .map("metadata", &metadata)
            .set("cancel_at", "")
            .maybe("absent", None::<&str>)
            .into_text();
        let expected = [
            ("customer", "cus_1"),
            ("line_items[0][price]", "price_1"),
            ("allow_promotion_codes", "true"),
            ("created[gte]", "1767225600"),
            ("types[0]", "invoice.paid"),
            ("types[1]", "charge.refunded"),
            ("metadata[a]", "1 & more"),
            ("metadata[b]", "2"),
            ("cancel_at", ""),
        ];
        assert_eq!(decoded(&text), expected.map(|(name, value)| (name.to_owned(), value.to_owned())));
        assert!(text.starts_with("customer=cus_1&line_items%5B0%5D%5Bprice%5D=price_1&"), "{text}");
    }

    #[test]
    fn the_placeholder_of_the_return_page_survives() {
        let text = Form::new().set("success_url", "https://shop.test/done?s={CHECKOUT_SESSION_ID}").into_text();
        assert_eq!(decoded(&text)[0].1, "https://shop.test/done?s={CHECKOUT_SESSION_ID}");
    }
}
