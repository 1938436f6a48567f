//! Segments and file names of any kind never lead a call out of the owner's server (A4).
#![no_main]

use libfuzzer_sys::fuzz_target;
use panel::control::FilePath;
use percent_encoding::percent_decode_str;
use url::Url;

const PANEL: &str = "https://panel.example";
const OWNED: &str = "/api/client/servers/77dc1325";

fuzz_target!(|data: &[u8]| {
    let texts = fuzz::texts(data);
    let Some((file, segments)) = texts.split_first() else { return };
    if let Ok(path) = file.parse::<FilePath>() {
        assert_stays_in_files(&path);
    }
    let segments: Vec<&str> = segments.iter().take(4).map(String::as_str).collect();
    if segments.is_empty() {
        return;
    }
    let server = "77dc1325".parse().expect("an identifier");
    let Some(address) = panel::fuzzing::server_address(PANEL, &server, &segments, file) else { return };

    assert!(inside(address.strip_prefix(PANEL).expect("the panel's address")), "{address}");
    let read = Url::parse(&address).expect("an address");
    assert!(read.host_str() == Some("panel.example") && inside(read.path()), "{read}");
    // The file's name arrives as it was, and as nothing else.
    let pairs: Vec<(String, String)> = read.query_pairs().into_owned().collect();
    assert_eq!(pairs, [("file".to_owned(), file.clone())]);
    // The panel reads the segments as they were.
    let parts: Vec<String> = read.path()[OWNED.len() + 1..]
        .split('/')
        .map(|part| percent_decode_str(part).decode_utf8().expect("text").into_owned())
        .collect();
    assert_eq!(parts, segments);
    // Whoever takes off one layer of encoding before looking ends up inside as well, however dots are folded.
    let mut path = read.path().to_owned();
    for _ in 0..3 {
        path = percent_decode_str(&path).decode_utf8_lossy().into_owned();
        let again = Url::parse(&format!("{PANEL}{path}")).expect("an address");
        assert!(again.host_str() == Some("panel.example") && inside(again.path()), "{again}");
        assert!(inside(&folded(&path)), "{path}");
    }
});

/// A path in a server's files reads as itself, and leads no further up than their root however often it is decoded.
fn assert_stays_in_files(path: &FilePath) {
    let mut text = path.to_string();
    assert_eq!(text.parse::<FilePath>().as_ref(), Ok(path));
    let server = "77dc1325".parse().expect("an identifier");
    let address = panel::fuzzing::server_address(PANEL, &server, &["files", "list"], &text).expect("an address");
    let read = Url::parse(&address).expect("an address");
    assert_eq!(read.query_pairs().next().expect("a pair").1, text);
    for _ in 0..4 {
        let mut depth = 0_i32;
        for part in text.replace('\\', "/").split('/') {
            depth += match part.trim() {
                "" | "." => 0,
                ".." => -1,
                _ => 1,
            };
            assert!(depth >= 0, "{text:?}");
        }
        assert!(!text.contains(char::is_control), "{text:?}");
        text = percent_decode_str(&text).decode_utf8_lossy().into_owned();
    }
}

fn inside(path: &str) -> bool {
    path.strip_prefix(OWNED).is_some_and(|rest| rest.starts_with('/'))
}

fn folded(path: &str) -> String {
    let path = path.replace('\\', "/");
    let mut parts: Vec<&str> = Vec::new();
    for part in path.split('/') {
        match part.split([';', '?', '#']).next().unwrap_or_default().trim() {
            "" | "." => {}
            ".." => drop(parts.pop()),
            _ => parts.push(part),
        }
    }
    format!("/{}", parts.join("/"))
}
