//! Webhooks: is a body really from Stripe, and what is it about?
//!
//! [`verify`] comes first, on the bytes as they arrived. After that the body is always kept, whatever is in it:
//! [`Envelope::parse`] cannot fail, [`Envelope::key`] names the row and [`storable_text`] makes text that every database takes.
//! What is in a body is only a hint; the object is read again through the API before anything is done.

mod envelope;
mod signature;

pub use envelope::{Envelope, Shape, UNREADABLE_KIND, storable_text};
pub use signature::{SignatureError, TOLERANCE_SECONDS, verify};
