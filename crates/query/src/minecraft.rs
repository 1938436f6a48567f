//! Minecraft's Server List Ping. Our own, because an accepted connection proves nothing while the world loads, and because the
//! length of an answer has to be bounded.

use crate::{Answer, Silence, clean, silence};
use serde_json::Value;
use std::net::SocketAddr;
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

/// Longest answer that is read: the picture in it may have 64 KiB as text.
const LONGEST: usize = 256 * 1024;

pub(crate) async fn ask(address: SocketAddr) -> Result<Answer, Silence> {
    let mut stream = TcpStream::connect(address).await.map_err(|error| silence(&error))?;
    stream.write_all(&request(address)).await.map_err(|error| silence(&error))?;
    read_status(&mut stream).await
}

/// Reads what comes back.
pub(crate) async fn read_status(stream: &mut (impl AsyncRead + Unpin)) -> Result<Answer, Silence> {
    let length = read_varint(stream).await?;
    let length = usize::try_from(length).ok().filter(|length| (3..=LONGEST).contains(length));
    let mut packet = vec![0; length.ok_or_else(|| odd("the length of its answer"))?];
    stream.read_exact(&mut packet).await.map_err(|error| silence(&error))?;
    let (id, rest) = take_varint(&packet).ok_or_else(|| odd("the kind of its answer"))?;
    let (length, json) = take_varint(rest).ok_or_else(|| odd("the length of its text"))?;
    let json = usize::try_from(length).ok().and_then(|length| json.get(..length)).filter(|_| id == 0);
    let status: Value = serde_json::from_slice(json.ok_or_else(|| odd("its text"))?).map_err(|_| odd("its JSON"))?;
    // A status names its version; any other JSON is somebody else's.
    if status.get("version").is_none() {
        return Err(odd("a version"));
    }
    let players = |key: &str| status["players"][key].as_u64().and_then(|number| u32::try_from(number).ok());
    Ok(Answer {
        players_online: players("online"),
        players_max: players("max"),
        name: description(&status["description"]),
    })
}

fn odd(what: &str) -> Silence {
    Silence::NotTheGame(format!("{what} is missing"))
}

/// Handshake towards "status", and the status request.
fn request(address: SocketAddr) -> Vec<u8> {
    let host = address.ip().to_string();
    let mut handshake = vec![0x00];
    // Protocol version: -1 means "just asking".
    handshake.extend([0xff, 0xff, 0xff, 0xff, 0x0f]);
    handshake.push(u8::try_from(host.len()).unwrap_or_default());
    handshake.extend(host.as_bytes());
    handshake.extend(address.port().to_be_bytes());
    handshake.push(1);
    let mut request = vec![u8::try_from(handshake.len()).unwrap_or_default()];
    request.extend(handshake);
    request.extend([1, 0]);
    request
}

async fn read_varint(stream: &mut (impl AsyncRead + Unpin)) -> Result<i32, Silence> {
    let mut bytes = Vec::with_capacity(5);
    while bytes.len() < 5 {
        let byte = stream.read_u8().await.map_err(|error| silence(&error))?;
        bytes.push(byte);
        if byte & 0x80 == 0 {
            break;
        }
    }
    take_varint(&bytes).map(|(number, _)| number).ok_or_else(|| odd("a length"))
}

fn take_varint(bytes: &[u8]) -> Option<(i32, &[u8])> {
    let mut number = 0_u32;
    for (place, byte) in bytes.iter().enumerate().take(5) {
        number |= u32::from(byte & 0x7f) << (7 * place);
        if byte & 0x80 == 0 {
            return Some((number.cast_signed(), &bytes[place + 1..]));
        }
    }
    None
}

/// The message of the day: text, or a component with text.
fn description(value: &Value) -> Option<String> {
    clean(value.as_str().or(value["text"].as_str()).unwrap_or_default())
}
