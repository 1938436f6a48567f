//! Ways in for the fuzz targets: the path that a call would take.

use crate::Identifier;
use crate::pterodactyl::path::{Panel, Path};

/// The address of `segments` under a server of the panel at `panel`; `None` where nothing would be sent.
pub fn server_address(panel: &str, server: &Identifier, segments: &[&str], file: &str) -> Option<String> {
    let path = segments.iter().fold(Path::of_server(server), |path, segment| path.join(segment));
    path.with("file", file).address(&Panel::at(panel)?).ok().map(|address| address.to_string())
}
