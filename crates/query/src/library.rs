//! Protocols that gamedig speaks over UDP. It blocks, so it runs beside the async threads, with its own time limits.

use crate::{Answer, Silence, clean};
use gamedig::games::mindustry;
use gamedig::protocols::types::{GatherToggle, TimeoutSettings};
use gamedig::protocols::valve::{self, Engine, GatheringSettings};
use gamedig::{GDError, GDErrorKind};
use std::net::SocketAddr;
use std::time::Duration;

fn times(limit: Duration) -> Option<TimeoutSettings> {
    let third = Some(limit / 3);
    TimeoutSettings::new(third, third, third, 1).ok()
}

pub(crate) async fn a2s(address: SocketAddr, limit: Duration) -> Result<Answer, Silence> {
    let gather = GatheringSettings { players: GatherToggle::Skip, rules: GatherToggle::Skip, check_app_id: false };
    let asked =
        tokio::task::spawn_blocking(move || valve::query(&address, Engine::Source(None), Some(gather), times(limit)));
    let info = asked.await.map_err(|_| broken())?.map_err(|error| silence(&error))?.info;
    Ok(Answer {
        players_online: Some(u32::from(info.players_online)),
        players_max: Some(u32::from(info.players_maximum)),
        name: clean(&info.name),
    })
}

pub(crate) async fn mindustry(address: SocketAddr, limit: Duration) -> Result<Answer, Silence> {
    let asked = tokio::task::spawn_blocking(move || mindustry::protocol::query(&address, &times(limit)));
    let data = asked.await.map_err(|_| broken())?.map_err(|error| silence(&error))?;
    Ok(Answer {
        players_online: u32::try_from(data.players).ok(),
        players_max: u32::try_from(data.player_limit).ok().filter(|limit| *limit > 0),
        name: clean(&data.host),
    })
}

fn broken() -> Silence {
    Silence::NotTheGame("the answer could not be taken apart".to_owned())
}

fn silence(error: &GDError) -> Silence {
    match error.kind {
        GDErrorKind::PacketReceive => Silence::TimedOut,
        GDErrorKind::SocketConnect | GDErrorKind::PacketSend => Silence::Refused,
        _ => broken(),
    }
}
