//! Enumerations that Stripe may extend at any time: known words become variants, every other word is kept as it came.

macro_rules! words {
    ($($(#[$doc:meta])* $name:ident { $($(#[$word_doc:meta])* $variant:ident = $word:literal,)* })*) => {$(
        $(#[$doc])*
        #[derive(Debug, Clone, PartialEq, Eq)]
        pub enum $name {
            $($(#[$word_doc])* $variant,)*
            /// A word that this client does not know; empty when Stripe said nothing.
            Other(String),
        }

        impl $name {
            /// The word as Stripe writes it.
            pub fn as_str(&self) -> &str {
                match self {
                    $(Self::$variant => $word,)*
                    Self::Other(word) => word,
                }
            }
        }

        impl From<Option<String>> for $name {
            fn from(word: Option<String>) -> Self {
                match word.as_deref() {
                    $(Some($word) => Self::$variant,)*
                    _ => Self::Other(word.unwrap_or_default()),
                }
            }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str(self.as_str())
            }
        }
    )*};
}

pub(crate) use words;
