//! Mindustry's UDP ping. Source: Mindustry, `NetworkIO.writeServerData`.

use crate::{Answer, Silence, clean, silence, small};
use std::net::SocketAddr;

pub(crate) async fn ask(address: SocketAddr) -> Result<Answer, Silence> {
    let socket = small::udp(address).await?;
    socket.send(&[0xfe, 0x01]).await.map_err(|error| silence(&error))?;
    let mut packet = [0; 512];
    let length = socket.recv(&mut packet).await.map_err(|error| silence(&error))?;
    read_answer(&packet[..length])
}

/// Reads an answer: host, map, players, wave, version, kind of version, mode, most players, …
pub(crate) fn read_answer(packet: &[u8]) -> Result<Answer, Silence> {
    answer_of(packet).ok_or_else(|| Silence::NotTheGame("no server data".to_owned()))
}

fn answer_of(packet: &[u8]) -> Option<Answer> {
    let (name, rest) = take_text(packet)?;
    let (_map, rest) = take_text(rest)?;
    let (players, rest) = take_number(rest)?;
    let (_wave, rest) = take_number(rest)?;
    let (_version, rest) = take_number(rest)?;
    let (_kind, rest) = take_text(rest)?;
    let (_mode, rest) = rest.split_first()?;
    let (most, _) = take_number(rest)?;
    Some(Answer {
        players_online: u32::try_from(players).ok(),
        // Zero means that there is no limit.
        players_max: u32::try_from(most).ok().filter(|most| *most > 0),
        name: clean(&String::from_utf8_lossy(name)),
    })
}

/// A length in one byte, and so many bytes.
fn take_text(bytes: &[u8]) -> Option<(&[u8], &[u8])> {
    let (length, rest) = bytes.split_first()?;
    rest.split_at_checked(usize::from(*length))
}

fn take_number(bytes: &[u8]) -> Option<(i32, &[u8])> {
    let (number, rest) = bytes.split_first_chunk()?;
    Some((i32::from_be_bytes(*number), rest))
}

#[cfg(test)]
mod tests {
    use super::*;

    const PACKET: &[u8] = b"\x08A server\x03map\0\0\0\x02\0\0\0\x07\0\0\0\x92\x08official\0\0\0\0\x00\x02hi";

    #[test]
    fn an_answer_is_read_and_no_limit_is_none() {
        let answer = Answer { players_online: Some(2), players_max: None, name: Some("A server".to_owned()) };
        assert_eq!(read_answer(PACKET), Ok(answer));
    }

    #[test]
    fn a_part_of_an_answer_is_not_the_game() {
        for length in 0..PACKET.len() - 3 {
            assert!(read_answer(&PACKET[..length]).is_err(), "{length}");
        }
    }
}
