//! Money: integer minor units together with their currency, never a float.

use serde::{Deserialize, Serialize};
use std::fmt;

/// An ISO 4217 currency, lower case as Stripe writes it.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Currency([u8; 3]);

/// Text that is not three letters.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is not a currency code of three letters")]
pub struct CurrencyError(String);

impl Currency {
    /// United States dollar.
    pub const USD: Self = Self(*b"usd");
    /// Euro.
    pub const EUR: Self = Self(*b"eur");

    /// Reads a code in any case.
    ///
    /// # Errors
    /// The text is not three ASCII letters.
    pub fn parse(code: &str) -> Result<Self, CurrencyError> {
        match code.as_bytes() {
            &[a, b, c] if code.bytes().all(|byte| byte.is_ascii_alphabetic()) => {
                Ok(Self([a.to_ascii_lowercase(), b.to_ascii_lowercase(), c.to_ascii_lowercase()]))
            }
            _ => Err(CurrencyError(code.chars().take(16).collect())),
        }
    }

    /// The code in lower case.
    pub fn code(&self) -> &str {
        // Only ASCII letters get in, so this cannot fail.
        std::str::from_utf8(&self.0).unwrap_or("xxx")
    }

    /// How many digits stand behind the decimal point. Source: Stripe, "Supported currencies".
    pub fn decimals(&self) -> u32 {
        match self.code() {
            "bif" | "clp" | "djf" | "gnf" | "jpy" | "kmf" | "krw" | "mga" | "pyg" | "rwf" | "vnd" | "vuv" | "xaf"
            | "xof" | "xpf" => 0,
            "bhd" | "jod" | "kwd" | "omr" | "tnd" => 3,
            _ => 2,
        }
    }
}

impl fmt::Debug for Currency {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.code())
    }
}

impl fmt::Display for Currency {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.code().to_ascii_uppercase())
    }
}

impl TryFrom<String> for Currency {
    type Error = CurrencyError;
    fn try_from(code: String) -> Result<Self, CurrencyError> {
        Self::parse(&code)
    }
}

impl From<Currency> for String {
    fn from(currency: Currency) -> String {
        currency.code().to_owned()
    }
}

/// An amount in minor units (cents for most currencies) of one currency.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Money {
    /// Minor units; negative for money that went back.
    pub minor: i64,
    /// The currency that the units belong to.
    pub currency: Currency,
}

impl Money {
    /// `minor` units of `currency`.
    pub fn new(minor: i64, currency: Currency) -> Self {
        Self { minor, currency }
    }

    /// The sum, or `None` when the currencies differ or the sum does not fit.
    pub fn plus(self, other: Self) -> Option<Self> {
        if self.currency != other.currency {
            return None;
        }
        Some(Self { minor: self.minor.checked_add(other.minor)?, ..self })
    }
}

impl fmt::Display for Money {
    /// `13.99 USD`; the sign stands in front.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let decimals = self.currency.decimals();
        let unit = 10_u64.pow(decimals);
        let amount = self.minor.unsigned_abs();
        let sign = if self.minor < 0 { "-" } else { "" };
        if decimals == 0 {
            return write!(f, "{sign}{amount} {}", self.currency);
        }
        let width = decimals as usize;
        write!(f, "{sign}{}.{:0width$} {}", amount / unit, amount % unit, self.currency)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn amounts_print_with_the_decimals_of_their_currency() {
        assert_eq!(Money::new(1399, Currency::USD).to_string(), "13.99 USD");
        assert_eq!(Money::new(-5, Currency::EUR).to_string(), "-0.05 EUR");
        assert_eq!(Money::new(80, Currency::parse("JPY").unwrap()).to_string(), "80 JPY");
        assert_eq!(Money::new(1250, Currency::parse("kwd").unwrap()).to_string(), "1.250 KWD");
    }

    #[test]
    fn currencies_do_not_mix() {
        assert_eq!(Money::new(1, Currency::USD).plus(Money::new(1, Currency::EUR)), None);
        assert_eq!(Money::new(1, Currency::USD).plus(Money::new(2, Currency::USD)), Some(Money::new(3, Currency::USD)));
    }
}
