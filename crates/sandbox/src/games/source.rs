//! Valve's A2S: info, players and rules, each behind a challenge.

use super::Face;
use std::net::SocketAddr;

const HEAD: [u8; 4] = [0xFF; 4];
const INFO: &[u8] = b"\xFF\xFF\xFF\xFFTSource Engine Query\0";

/// The reply to one datagram; `None` for what is no query.
pub(super) fn answer(app: u32, packet: &[u8], from: SocketAddr, face: &Face) -> Option<Vec<u8>> {
    let challenge = challenge(from);
    let (kind, given) = if let Some(rest) = packet.strip_prefix(INFO) {
        (b'T', rest)
    } else {
        let rest = packet.strip_prefix(&HEAD)?;
        (*rest.first()?, rest.get(1..)?)
    };
    if given != challenge {
        let mut reply = [&HEAD[..], b"A"].concat();
        reply.extend(challenge);
        return matches!(kind, b'T' | b'U' | b'V').then_some(reply);
    }
    match kind {
        b'T' => Some(info(app, face)),
        b'U' => Some(players(face)),
        b'V' => Some([&HEAD[..], b"E\0\0"].concat()),
        _ => None,
    }
}

/// The same visitor always gets the same challenge, so that nothing has to be remembered.
fn challenge(from: SocketAddr) -> [u8; 4] {
    let port = from.port().to_le_bytes();
    [port[0], port[1], 0x5A, 0xC3]
}

fn info(app: u32, face: &Face) -> Vec<u8> {
    let (online, slots) = face.counts();
    let mut reply = [&HEAD[..], b"I", &[17]].concat();
    for text in [face.name.as_str(), "map", "game", "A simulated game"] {
        reply.extend(text.replace('\0', "").into_bytes());
        reply.push(0);
    }
    let [low, high, ..] = app.to_le_bytes();
    reply.extend([low, high, online, slots, 0, b'd', b'l', 0, 1]);
    reply.extend(face.version.as_bytes());
    // The last field carries the whole app id, which two bytes cannot.
    reply.extend([0, 0x01]);
    reply.extend(u64::from(app).to_le_bytes());
    reply
}

fn players(face: &Face) -> Vec<u8> {
    let (online, _) = face.counts();
    let mut reply = [&HEAD[..], b"D", &[online]].concat();
    for index in 0..online {
        reply.push(index);
        reply.extend(format!("Player {index}\0").into_bytes());
        reply.extend(0_i32.to_le_bytes());
        reply.extend(60_f32.to_le_bytes());
    }
    reply
}
