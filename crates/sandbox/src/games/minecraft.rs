//! Minecraft's Server List Ping: handshake, status, ping.

use super::Face;
use serde_json::json;
use std::io;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

/// Packets of a status conversation are far shorter.
const LONGEST_PACKET: i32 = 2_048;
/// The protocol number of the version that the status names.
const PROTOCOL: i32 = 767;

/// Answers one visitor; like the real server it hangs up after the ping.
pub(super) async fn converse(stream: &mut TcpStream, face: &Face) -> io::Result<()> {
    let handshake = packet(stream).await?;
    let wants_status = handshake.first() == Some(&0) && handshake.last() == Some(&1);
    if !wants_status {
        return Ok(());
    }
    loop {
        let request = packet(stream).await?;
        match request.first() {
            Some(0) => stream.write_all(&framed(&status(face))).await?,
            Some(1) => {
                stream.write_all(&framed(&request)).await?;
                return stream.shutdown().await;
            }
            _ => return Ok(()),
        }
    }
}

fn status(face: &Face) -> Vec<u8> {
    let status = json!({
        "version": { "name": face.version, "protocol": PROTOCOL },
        "players": { "max": face.slots, "online": face.online(), "sample": [] },
        "description": { "text": face.name },
    })
    .to_string();
    let mut packet = vec![0];
    packet.extend(varint(status.len()));
    packet.extend(status.into_bytes());
    packet
}

async fn packet(stream: &mut TcpStream) -> io::Result<Vec<u8>> {
    let length = read_varint(stream).await?;
    let length = usize::try_from(length.clamp(0, LONGEST_PACKET)).unwrap_or(0);
    let mut packet = vec![0; length];
    stream.read_exact(&mut packet).await?;
    Ok(packet)
}

async fn read_varint(stream: &mut TcpStream) -> io::Result<i32> {
    let mut value = 0_i32;
    for shift in (0..35).step_by(7) {
        let byte = stream.read_u8().await?;
        value |= i32::from(byte & 0x7F) << shift.min(31);
        if byte & 0x80 == 0 {
            return Ok(value);
        }
    }
    Err(io::ErrorKind::InvalidData.into())
}

fn varint(mut value: usize) -> Vec<u8> {
    let mut bytes = Vec::new();
    loop {
        let low = u8::try_from(value & 0x7F).unwrap_or(0);
        value >>= 7;
        if value == 0 {
            bytes.push(low);
            return bytes;
        }
        bytes.push(low | 0x80);
    }
}

fn framed(packet: &[u8]) -> Vec<u8> {
    let mut bytes = varint(packet.len());
    bytes.extend(packet);
    bytes
}
