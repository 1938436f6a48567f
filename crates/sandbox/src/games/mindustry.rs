//! Mindustry's ping.

use super::Face;

/// The reply to one datagram; `None` for what is no ping.
pub(super) fn answer(packet: &[u8], face: &Face) -> Option<Vec<u8>> {
    if packet != [0xFE, 0x01] {
        return None;
    }
    let whole = |value: u32| i32::try_from(value).unwrap_or(i32::MAX).to_be_bytes();
    let mut reply = Vec::new();
    put_text(&mut reply, &face.name);
    put_text(&mut reply, "Tendrils");
    reply.extend(whole(face.online()));
    reply.extend(whole(1));
    reply.extend(whole(146));
    put_text(&mut reply, "official");
    reply.push(0);
    reply.extend(whole(face.slots));
    put_text(&mut reply, "A simulated game");
    put_text(&mut reply, "survival");
    Some(reply)
}

fn put_text(reply: &mut Vec<u8>, text: &str) {
    let end = (0..=text.len().min(64)).rev().find(|at| text.is_char_boundary(*at)).unwrap_or(0);
    reply.push(u8::try_from(end).unwrap_or(0));
    reply.extend(&text.as_bytes()[..end]);
}
