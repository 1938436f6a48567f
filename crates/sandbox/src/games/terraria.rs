//! Terraria's first exchange: a connect request and the slot given out.

use std::io;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

/// Length (2), kind, slot 0, and a flag that newer clients read.
const CONTINUE: [u8; 5] = [5, 0, 3, 0, 0];

/// Answers one visitor.
pub(super) async fn converse(stream: &mut TcpStream) -> io::Result<()> {
    let length = usize::from(stream.read_u16_le().await?.clamp(3, 256));
    let mut request = vec![0; length - 2];
    stream.read_exact(&mut request).await?;
    if request.first() == Some(&1) {
        stream.write_all(&CONTINUE).await?;
        stream.shutdown().await?;
    }
    Ok(())
}
