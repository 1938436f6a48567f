//! Small probes of our own, for games that no library covers.

use crate::{Answer, Silence, clean, silence};
use std::net::{Ipv4Addr, Ipv6Addr, SocketAddr};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpStream, UdpSocket};

/// Terraria: a connect request with a version that nobody has. Any packet of the game back (go on, password, refusal) counts.
pub(crate) async fn terraria(address: SocketAddr) -> Result<Answer, Silence> {
    const VERSION: &[u8] = b"Terraria1";
    let mut stream = TcpStream::connect(address).await.map_err(|error| silence(&error))?;
    let mut packet = vec![0, 0, 1, u8::try_from(VERSION.len()).unwrap_or_default()];
    packet.extend(VERSION);
    packet[0] = u8::try_from(packet.len()).unwrap_or_default();
    stream.write_all(&packet).await.map_err(|error| silence(&error))?;
    let mut head = [0; 3];
    stream.read_exact(&mut head).await.map_err(|error| silence(&error))?;
    read_terraria(head)
}

/// Reads the head of a packet: its length, and what it is.
pub(crate) fn read_terraria(head: [u8; 3]) -> Result<Answer, Silence> {
    let length = u16::from_le_bytes([head[0], head[1]]);
    match head[2] {
        // 2 refuses, 3 goes on, 37 asks for the password.
        2 | 3 | 37 if (3..=4096).contains(&length) => Ok(Answer::default()),
        other => Err(Silence::NotTheGame(format!("packet {other}"))),
    }
}

/// Comes back in Teeworlds' answer.
const TOKEN: u8 = 0x5a;

/// Teeworlds 0.6: the server-info request with a token that comes back.
pub(crate) async fn teeworlds(address: SocketAddr) -> Result<Answer, Silence> {
    let socket = udp(address).await?;
    let mut request = vec![0xff; 10];
    request.extend(b"gie3");
    request.push(TOKEN);
    socket.send(&request).await.map_err(|error| silence(&error))?;
    let mut packet = [0; 2048];
    let length = socket.recv(&mut packet).await.map_err(|error| silence(&error))?;
    read_teeworlds(&packet[..length])
}

/// Reads an answer.
pub(crate) fn read_teeworlds(packet: &[u8]) -> Result<Answer, Silence> {
    let answer = packet.get(10..).and_then(|packet| packet.strip_prefix(b"inf3".as_slice()));
    let text =
        String::from_utf8_lossy(answer.ok_or_else(|| Silence::NotTheGame("no server info".to_owned()))?).into_owned();
    let fields: Vec<&str> = text.split('\0').collect();
    // token, version, name, map, game type, flags, players, most players, clients, most clients
    if fields.first().copied() != Some(&TOKEN.to_string()) {
        return Err(Silence::NotTheGame("another token".to_owned()));
    }
    let number = |place: usize| fields.get(place).and_then(|field| field.parse().ok());
    Ok(Answer { players_online: number(8), players_max: number(9), name: fields.get(2).and_then(|name| clean(name)) })
}

/// A connection that is accepted.
pub(crate) async fn connect(address: SocketAddr) -> Result<Answer, Silence> {
    TcpStream::connect(address).await.map_err(|error| silence(&error))?;
    Ok(Answer::default())
}

pub(crate) async fn udp(address: SocketAddr) -> Result<UdpSocket, Silence> {
    let here = match address {
        SocketAddr::V4(_) => SocketAddr::from((Ipv4Addr::UNSPECIFIED, 0)),
        SocketAddr::V6(_) => SocketAddr::from((Ipv6Addr::UNSPECIFIED, 0)),
    };
    let socket = UdpSocket::bind(here).await.map_err(|error| silence(&error))?;
    socket.connect(address).await.map_err(|error| silence(&error))?;
    Ok(socket)
}
