//! Ways in for the fuzz targets: the readers of answers without the network in front of them.

use crate::{Answer, Silence, minecraft, small};

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
