//! Ways in for the fuzz targets: the readers of answers without the network in front of them.

use crate::{Answer, Silence, mindustry, minecraft, small, source};

/// What Minecraft's status says; `stream` is all that comes before the connection ends.
///
/// # Errors
/// It does not count.
pub async fn minecraft(mut stream: &[u8]) -> Result<Answer, Silence> {
    minecraft::read_status(&mut stream).await
}

/// What the head of a Terraria packet says.
///
/// # Errors
/// It does not count.
pub fn terraria(head: [u8; 3]) -> Result<Answer, Silence> {
    small::read_terraria(head)
}

/// What a Teeworlds packet says.
///
/// # Errors
/// It does not count.
pub fn teeworlds(packet: &[u8]) -> Result<Answer, Silence> {
    small::read_teeworlds(packet)
}

/// What a packet of Valve's protocol says; `None` for a challenge.
///
/// # Errors
/// It does not count.
pub fn source(packet: &[u8]) -> Result<Option<Answer>, Silence> {
    source::read_info(packet)
}

/// What a Mindustry packet says.
///
/// # Errors
/// It does not count.
pub fn mindustry(packet: &[u8]) -> Result<Answer, Silence> {
    mindustry::read_answer(packet)
}
