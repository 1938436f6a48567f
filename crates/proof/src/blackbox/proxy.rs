//! A line between two processes that can be slow, silent or cut, and go on.

use crate::blackbox::pause;
use std::io;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::tcp::{OwnedReadHalf, OwnedWriteHalf};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;

/// What a line does with what is sent over it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Line {
    /// It carries it.
    Whole,
    /// It carries every piece so much later, in both directions.
    Slow(Duration),
    /// It accepts everything and carries nothing, until it is whole again: what was sent then goes on.
    Silent,
}

/// A port of this machine behind which others stand. Ends with the runtime.
#[derive(Debug, Clone)]
pub(crate) struct Proxy {
    /// Where it listens.
    pub(crate) address: SocketAddr,
    line: watch::Sender<Line>,
    cuts: watch::Sender<u64>,
}

impl Proxy {
    /// A whole line to whoever of `targets` takes a connection; they take turns.
    ///
    /// # Errors
    /// No port is free.
    pub(crate) async fn to(targets: Vec<SocketAddr>) -> io::Result<Self> {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await?;
        let proxy = Self {
            address: listener.local_addr()?,
            line: watch::Sender::new(Line::Whole),
            cuts: watch::Sender::new(0),
        };
        let (line, cuts, turn) = (proxy.line.clone(), proxy.cuts.clone(), AtomicUsize::new(0));
        let targets: Arc<[SocketAddr]> = targets.into();
        tokio::spawn(async move {
            loop {
                let Ok((near, _)) = listener.accept().await else { continue };
                let first = turn.fetch_add(1, Ordering::Relaxed);
                let (line, mut cuts, targets) = (line.subscribe(), cuts.subscribe(), targets.clone());
                tokio::spawn(async move {
                    tokio::select! {
                        _ = cuts.changed() => {}
                        // However it ends, both sides see that it ended.
                        _ = carry(near, &targets, first, line) => {}
                    }
                });
            }
        });
        Ok(proxy)
    }

    /// From now on.
    pub(crate) fn set(&self, line: Line) {
        self.line.send_replace(line);
    }

    /// Ends every connection that stands.
    pub(crate) fn cut(&self) {
        self.cuts.send_modify(|cuts| *cuts += 1);
    }
}

async fn carry(
    near: TcpStream,
    targets: &[SocketAddr],
    first: usize,
    mut line: watch::Receiver<Line>,
) -> anyhow::Result<()> {
    line.wait_for(|line| *line != Line::Silent).await?;
    let far = connect(targets, first).await?;
    // Calls are small, and their answers are timed.
    near.set_nodelay(true)?;
    far.set_nodelay(true)?;
    let ((near_from, near_to), (far_from, far_to)) = (near.into_split(), far.into_split());
    tokio::try_join!(pump(near_from, far_to, line.clone()), pump(far_from, near_to, line))?;
    Ok(())
}

async fn connect(targets: &[SocketAddr], first: usize) -> io::Result<TcpStream> {
    let mut refused = io::Error::from(io::ErrorKind::NotConnected);
    for place in 0..targets.len() {
        match TcpStream::connect(targets[(first + place) % targets.len()]).await {
            Ok(far) => return Ok(far),
            Err(error) => refused = error,
        }
    }
    Err(refused)
}

async fn pump(mut from: OwnedReadHalf, mut to: OwnedWriteHalf, mut line: watch::Receiver<Line>) -> anyhow::Result<()> {
    let mut piece = vec![0; 16 * 1024];
    loop {
        let length = from.read(&mut piece).await?;
        let now = *line.borrow();
        if let Line::Slow(time) = now {
            pause(time).await;
        }
        line.wait_for(|line| *line != Line::Silent).await?;
        if length == 0 {
            return Ok(to.shutdown().await?);
        }
        to.write_all(&piece[..length]).await?;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Somebody who sends back what arrives.
    async fn echo() -> SocketAddr {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
        let address = listener.local_addr().unwrap();
        tokio::spawn(async move {
            while let Ok((mut line, _)) = listener.accept().await {
                tokio::spawn(async move {
                    let (mut from, mut to) = line.split();
                    tokio::io::copy(&mut from, &mut to).await
                });
            }
        });
        address
    }

    #[tokio::test]
    async fn what_is_sent_into_silence_arrives_when_it_ends_and_a_cut_ends_the_connection() {
        let proxy = Proxy::to(vec![echo().await]).await.unwrap();
        let mut line = TcpStream::connect(proxy.address).await.unwrap();
        let mut word = [0; 4];
        line.write_all(b"when").await.unwrap();
        line.read_exact(&mut word).await.unwrap();

        proxy.set(Line::Silent);
        line.write_all(b"then").await.unwrap();
        let silence = tokio::time::timeout(Duration::from_millis(100), line.read_exact(&mut word)).await;
        assert!(silence.is_err(), "{silence:?}");
        proxy.set(Line::Whole);
        line.read_exact(&mut word).await.unwrap();
        assert_eq!(&word, b"then");

        proxy.cut();
        assert_eq!(line.read(&mut word).await.unwrap_or(0), 0);
    }

    #[tokio::test]
    async fn who_takes_no_connection_is_passed_over() {
        let gone = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap().local_addr().unwrap();
        let proxy = Proxy::to(vec![gone, echo().await]).await.unwrap();
        for _ in 0..4 {
            let mut line = TcpStream::connect(proxy.address).await.unwrap();
            let mut word = [0; 2];
            line.write_all(b"ok").await.unwrap();
            line.read_exact(&mut word).await.unwrap();
        }
    }
}
