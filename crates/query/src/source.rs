//! Valve's A2S_INFO. Our own, because whoever rents a server decides what answers there: an answer here cannot make us wait longer,
//! ask more often, or take more memory than one packet has. Source: Valve, "Server queries".

use crate::{Answer, Silence, clean, silence, small};
use std::net::SocketAddr;
use std::time::Duration;
use tokio::time::timeout;

const REQUEST: &[u8] = b"\xff\xff\xff\xffTSource Engine Query\0";
/// Requests at most: one that is lost, one that is answered by a challenge, one with the challenge, and one to spare.
const ROUNDS: u32 = 4;

/// What one packet says.
#[derive(Debug, PartialEq, Eq)]
enum Packet {
    Info(Answer),
    /// To be sent back with the request.
    Challenge([u8; 4]),
}

pub(crate) async fn ask(address: SocketAddr, limit: Duration) -> Result<Answer, Silence> {
    let socket = small::udp(address).await?;
    let mut request = REQUEST.to_vec();
    let mut packet = [0; 2048];
    for _ in 0..ROUNDS {
        socket.send(&request).await.map_err(|error| silence(&error))?;
        let Ok(received) = timeout(limit / ROUNDS, socket.recv(&mut packet)).await else { continue };
        let length = received.map_err(|error| silence(&error))?;
        match read(&packet[..length])? {
            Packet::Info(answer) => return Ok(answer),
            Packet::Challenge(challenge) => request = [REQUEST, &challenge].concat(),
        }
    }
    Err(Silence::TimedOut)
}

/// Reads an answer; `None` for a challenge.
#[cfg(feature = "fuzzing")]
pub(crate) fn read_info(packet: &[u8]) -> Result<Option<Answer>, Silence> {
    read(packet).map(|packet| match packet {
        Packet::Info(answer) => Some(answer),
        Packet::Challenge(_) => None,
    })
}

fn read(packet: &[u8]) -> Result<Packet, Silence> {
    let odd = || Silence::NotTheGame("no server info".to_owned());
    let body = whole(packet).ok_or_else(odd)?;
    match body.split_first() {
        Some((b'A', challenge)) => challenge.first_chunk().copied().map(Packet::Challenge).ok_or_else(odd),
        Some((b'I', info)) => info_of(info).map(Packet::Info).ok_or_else(odd),
        Some(_) | None => Err(odd()),
    }
}

/// What stands behind the header. Of an answer in several packets the first says all that we want to know; a compressed one is
/// refused, since its size is only known by trusting it.
fn whole(packet: &[u8]) -> Option<&[u8]> {
    const WHOLE: &[u8] = b"\xff\xff\xff\xff";
    const SPLIT: &[u8] = b"\xfe\xff\xff\xff";
    if let Some(body) = packet.strip_prefix(WHOLE) {
        return Some(body);
    }
    // id (its highest bit: compressed), how many packets, which of them, size of each
    let ([_, _, _, id_high, _, number, _, _], first) = packet.strip_prefix(SPLIT)?.split_first_chunk::<8>()?;
    first.strip_prefix(WHOLE).filter(|_| *number == 0 && *id_high < 0x80)
}

/// protocol, name, map, folder, game, app id, players, most players, …
fn info_of(info: &[u8]) -> Option<Answer> {
    let (_protocol, rest) = info.split_first()?;
    let mut texts = rest.splitn(5, |byte| *byte == 0);
    let name = texts.next()?;
    let [_app_low, _app_high, online, most] = texts.nth(3)?.first_chunk()?;
    Some(Answer {
        players_online: Some(u32::from(*online)),
        players_max: Some(u32::from(*most)),
        name: clean(&String::from_utf8_lossy(name)),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use tokio::net::UdpSocket;

    const INFO: &[u8] =
        b"\xff\xff\xff\xffI\x11A server\0de_dust2\0csgo\0Counter-Strike\0\xda\x02\x03\x10\0dl\0\x011.0\0";

    #[test]
    fn an_info_is_read() {
        let answer = Answer { players_online: Some(3), players_max: Some(16), name: Some("A server".to_owned()) };
        assert_eq!(read(INFO), Ok(Packet::Info(answer.clone())));
        let split = [b"\xfe\xff\xff\xff\x01\0\0\0\x02\0\xe0\x04".as_slice(), INFO].concat();
        assert_eq!(read(&split), Ok(Packet::Info(answer)));
        assert_eq!(read(b"\xff\xff\xff\xffA\x01\x02\x03\x04"), Ok(Packet::Challenge([1, 2, 3, 4])));
    }

    #[test]
    fn whatever_else_comes_is_not_the_game() {
        let compressed = [b"\xfe\xff\xff\xff\x01\0\0\x80\x01\0\xe0\x04\xff\xff\xff\xff".as_slice(), INFO].concat();
        let later = [b"\xfe\xff\xff\xff\x01\0\0\0\x02\x01\xe0\x04".as_slice(), INFO].concat();
        for odd in [
            b"".as_slice(),
            b"\xff",
            &INFO[..20],
            &INFO[..40],
            b"\xff\xff\xff\xffA\x01",
            b"\xff\xff\xff\xffm",
            &compressed,
            &later,
        ] {
            assert!(matches!(read(odd), Err(Silence::NotTheGame(_))), "{odd:?}");
        }
    }

    /// Answers every packet with the next of `answers`, the last one for ever; returns how often it was asked once it is told.
    async fn server(answers: Vec<Vec<u8>>) -> (SocketAddr, tokio::task::JoinHandle<()>) {
        let socket = UdpSocket::bind("127.0.0.1:0").await.unwrap();
        let address = socket.local_addr().unwrap();
        let answering = tokio::spawn(async move {
            let mut packet = [0; 2048];
            let mut answers = answers.into_iter().peekable();
            loop {
                let (length, from) = socket.recv_from(&mut packet).await.unwrap();
                assert!(packet[..length].starts_with(REQUEST));
                let answer = answers.next().unwrap_or_else(|| b"\xff\xff\xff\xffA\x01\x02\x03\x04".to_vec());
                socket.send_to(&answer, from).await.unwrap();
            }
        });
        (address, answering)
    }

    #[tokio::test]
    async fn a_challenge_is_sent_back() {
        let (address, answering) = server(vec![b"\xff\xff\xff\xffA\x01\x02\x03\x04".to_vec(), INFO.to_vec()]).await;
        let answer = ask(address, Duration::from_secs(5)).await.unwrap();
        assert_eq!(answer.name.as_deref(), Some("A server"));
        answering.abort();
    }

    #[tokio::test]
    async fn challenges_without_end_are_not_answered_without_end() {
        let (address, answering) = server(vec![]).await;
        assert_eq!(ask(address, Duration::from_secs(5)).await, Err(Silence::TimedOut));
        answering.abort();
    }
}
