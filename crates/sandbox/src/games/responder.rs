//! One open game port: a socket, the task that answers on it, and what it says.

use super::{Protocol, mindustry, minecraft, source, teeworlds, terraria};
use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::time::Duration;
use tokio::net::{TcpListener, TcpSocket, TcpStream, UdpSocket};
use tokio::sync::Semaphore;
use tokio::task::{AbortHandle, JoinSet};

/// What a game tells of itself. Players and silence change while the socket stays open.
#[derive(Debug, Default)]
pub struct Face {
    /// Name of the server.
    pub name: String,
    /// Version of the game.
    pub version: String,
    /// Slots.
    pub slots: u32,
    online: AtomicU32,
    silent: AtomicBool,
}

impl Face {
    /// A game with nobody on it.
    pub fn new(name: impl Into<String>, version: impl Into<String>, slots: u32) -> Self {
        Self { name: name.into(), version: version.into(), slots, ..Self::default() }
    }

    /// How many play.
    pub fn online(&self) -> u32 {
        self.online.load(Ordering::Relaxed)
    }

    /// Sets how many play.
    pub fn set_online(&self, players: u32) {
        self.online.store(players, Ordering::Relaxed);
    }

    /// Whether the port is bound but answers nobody.
    pub fn is_silent(&self) -> bool {
        self.silent.load(Ordering::Relaxed)
    }

    /// Makes it answer or not; a game that is only asked for a connection takes notice when its port opens.
    pub fn set_silent(&self, silent: bool) {
        self.silent.store(silent, Ordering::Relaxed);
    }

    /// Players and slots, each cut to a byte.
    pub(super) fn counts(&self) -> (u8, u8) {
        (u8::try_from(self.online()).unwrap_or(u8::MAX), u8::try_from(self.slots).unwrap_or(u8::MAX))
    }
}

/// An open game port; it closes when dropped.
#[derive(Debug)]
pub struct Responder {
    task: AbortHandle,
    face: Arc<Face>,
    address: SocketAddr,
}

/// Connections beyond this wait.
const MOST_CONNECTIONS: usize = 64;
/// A connection that has not come to its point by then is dropped.
const PATIENCE: Duration = Duration::from_secs(10);

impl Responder {
    /// Binds `address` for `protocol` and answers there. Needs a tokio runtime.
    ///
    /// # Errors
    /// The address cannot be bound.
    pub fn open(address: SocketAddr, protocol: Protocol, face: Arc<Face>) -> io::Result<Self> {
        let (task, address) = match protocol {
            Protocol::SourceQuery(app) => {
                udp(address, face.clone(), move |packet, from, face| source::answer(app, packet, from, face))?
            }
            Protocol::Mindustry => udp(address, face.clone(), |packet, _, face| mindustry::answer(packet, face))?,
            Protocol::Teeworlds => udp(address, face.clone(), |packet, _, face| teeworlds::answer(packet, face))?,
            Protocol::MinecraftPing | Protocol::Terraria | Protocol::TcpAccept => tcp(address, protocol, face.clone())?,
        };
        Ok(Self { task, face, address })
    }

    /// What it says.
    pub fn face(&self) -> &Face {
        &self.face
    }

    /// Where it listens.
    pub fn address(&self) -> SocketAddr {
        self.address
    }
}

impl Drop for Responder {
    fn drop(&mut self) {
        self.task.abort();
    }
}

fn udp<A>(address: SocketAddr, face: Arc<Face>, answer: A) -> io::Result<(AbortHandle, SocketAddr)>
where
    A: Fn(&[u8], SocketAddr, &Face) -> Option<Vec<u8>> + Send + 'static,
{
    let socket = std::net::UdpSocket::bind(address)?;
    socket.set_nonblocking(true)?;
    let socket = UdpSocket::from_std(socket)?;
    let address = socket.local_addr()?;
    let task = tokio::spawn(async move {
        let mut packet = [0_u8; 1_500];
        loop {
            // A receive error on UDP tells of an earlier send that nobody took; the socket itself is fine.
            let Ok((length, from)) = socket.recv_from(&mut packet).await else { continue };
            let reply = if face.is_silent() { None } else { answer(&packet[..length], from, &face) };
            if let Some(reply) = reply {
                let _ = socket.send_to(&reply, from).await;
            }
        }
    });
    Ok((task.abort_handle(), address))
}

/// For a game whose only sign of life is an accepted connection, silence is a port that is taken and does not listen.
fn held(address: SocketAddr) -> io::Result<(AbortHandle, SocketAddr)> {
    let socket = if address.is_ipv4() { TcpSocket::new_v4()? } else { TcpSocket::new_v6()? };
    socket.set_reuseaddr(true)?;
    socket.bind(address)?;
    let address = socket.local_addr()?;
    let task = tokio::spawn(async move {
        let _held = socket;
        std::future::pending::<()>().await;
    });
    Ok((task.abort_handle(), address))
}

fn tcp(address: SocketAddr, protocol: Protocol, face: Arc<Face>) -> io::Result<(AbortHandle, SocketAddr)> {
    if protocol == Protocol::TcpAccept && face.is_silent() {
        return held(address);
    }
    let listener = std::net::TcpListener::bind(address)?;
    listener.set_nonblocking(true)?;
    let listener = TcpListener::from_std(listener)?;
    let address = listener.local_addr()?;
    let slots = Arc::new(Semaphore::new(MOST_CONNECTIONS));
    let task = tokio::spawn(async move {
        let mut visitors = JoinSet::new();
        loop {
            let Ok(slot) = slots.clone().acquire_owned().await else { return };
            let Ok((stream, _)) = listener.accept().await else { continue };
            while visitors.try_join_next().is_some() {}
            let face = face.clone();
            visitors.spawn(async move {
                let _slot = slot;
                let _ = tokio::time::timeout(PATIENCE, converse(stream, protocol, &face)).await;
            });
        }
    });
    Ok((task.abort_handle(), address))
}

async fn converse(mut stream: TcpStream, protocol: Protocol, face: &Face) -> io::Result<()> {
    if face.is_silent() {
        // The port takes connections and says nothing until the visitor gives up.
        let mut nothing = [0_u8; 256];
        while tokio::io::AsyncReadExt::read(&mut stream, &mut nothing).await? > 0 {}
        return Ok(());
    }
    match protocol {
        Protocol::MinecraftPing => minecraft::converse(&mut stream, face).await,
        Protocol::Terraria => terraria::converse(&mut stream).await,
        Protocol::TcpAccept | Protocol::SourceQuery(_) | Protocol::Mindustry | Protocol::Teeworlds => {
            let mut nothing = [0_u8; 256];
            tokio::io::AsyncReadExt::read(&mut stream, &mut nothing).await.map(drop)
        }
    }
}
