//! Teeworlds 0.6 server info.

use super::Face;

const HEAD: [u8; 10] = [0xFF; 10];

/// The reply to one datagram; `None` for what is no request.
pub(super) fn answer(packet: &[u8], face: &Face) -> Option<Vec<u8>> {
    let token = packet.strip_prefix(&HEAD)?.strip_prefix(b"gie3")?.first()?;
    let (online, slots) = (face.online().to_string(), face.slots.to_string());
    let mut reply = [&HEAD[..], b"inf3"].concat();
    let token = token.to_string();
    for text in [&token, "0.6.5", &face.name, "dm1", "DM", "0", &online, &slots, &online, &slots] {
        reply.extend(text.replace('\0', "").into_bytes());
        reply.push(0);
    }
    for index in 0..face.online().min(64) {
        reply.extend(format!("player {index}\0\0-1\00\01\0").into_bytes());
    }
    Some(reply)
}
