use super::*;
use std::fmt::Write;

const PANEL: &str = "https://panel.example";
const OWNED: &str = "/api/client/servers/77dc1325";

fn server() -> Path {
    Path::of_server(&"77dc1325".parse().unwrap())
}

fn address(path: Path) -> Result<String, PathError> {
    path.address(&Panel::at(PANEL).unwrap()).map(|address| address.to_string())
}

#[test]
fn parts_are_encoded_and_stand_where_they_were_put() {
    let path = server().join("schedules").number(7).join("a b;é?#@:[x]").with("file", "/a/../b&c=d#e%2f");
    let expected = "/schedules/7/a%20b%3B%C3%A9%3F%23%40%3A%5Bx%5D?file=%2Fa%2F%2E%2E%2Fb%26c%3Dd%23e%252f";
    assert_eq!(address(path).unwrap(), format!("{PANEL}{OWNED}{expected}"));
    let path = Path::of_application("servers").join("external").join("shop-svc-1").with("include", "allocations");
    assert_eq!(
        address(path).unwrap(),
        format!("{PANEL}/api/application/servers/external/shop-svc-1?include=allocations")
    );
}

#[test]
fn a_panel_in_a_folder_keeps_its_folder() {
    let panel = Panel::at("http://127.0.0.1:8081/games/panel/").unwrap();
    let address = server().join("power").address(&panel).unwrap();
    assert_eq!(address.to_string(), format!("http://127.0.0.1:8081/games/panel{OWNED}/power"));
}

#[test]
fn an_address_with_more_than_a_path_is_no_panel() {
    for odd in
        ["", "panel.example", "ftp://panel.example", "https://", "https://a@panel.example", "https://p.example/?a"]
    {
        assert!(Panel::at(odd).is_none(), "{odd}");
    }
}

#[test]
fn what_is_a_way_and_no_name_is_refused_in_every_encoding() {
    for odd in [
        "",
        " ",
        ".",
        "..",
        "%2e",
        "%2E.",
        "%252e%252e",
        "%25252525252525252525252e",
        "a/b",
        "/",
        "a%2fb",
        "%252F",
        "a\\b",
        "%5c",
        "a\0b",
        "%00",
        "a\nb",
        "\t..",
        "%0d%0a",
        "..;",
        "..;/x",
        "..?a",
        "..#a",
        ".. ",
        "%2e%2e%3bx",
        "%c0%ae%c0%ae",
        "%c0%af",
        "\u{85}",
    ] {
        assert!(matches!(address(server().join(odd)), Err(PathError::Segment(_))), "{odd:?}");
        assert!(address(server().join(odd).join("power")).is_err(), "{odd:?}");
    }
}

#[test]
fn what_is_too_long_is_refused() {
    assert_eq!(address(server().join("x".repeat(256))), Err(PathError::TooLong(256)));
    assert!(address(server().join("x".repeat(255))).is_ok());
    assert!(matches!(address(server().with("file", &"é".repeat(4000))), Err(PathError::TooLong(_))));
}

/// Where an address leads for those who take off `layers` of encoding, turn backslashes and fold dots before they look. Written
/// without the `url` crate, which the code under test uses.
fn folded(address: &str, layers: usize) -> String {
    let mut path = address.strip_prefix(PANEL).unwrap().split(['?', '#']).next().unwrap().to_owned();
    for _ in 0..layers {
        path = percent_decode_str(&path).decode_utf8_lossy().into_owned();
    }
    let path = path.replace('\\', "/");
    let mut parts: Vec<&str> = Vec::new();
    for part in path.split('/') {
        match part.split([';', '?', '#']).next().unwrap().trim() {
            "" | "." => {}
            ".." => drop(parts.pop()),
            _ => parts.push(part),
        }
    }
    format!("/{}", parts.join("/"))
}

/// Holds an accepted address against everything that may read it.
fn assert_stays(address: &str, segment: &str) {
    let inside = |path: &str| path.strip_prefix(OWNED).is_some_and(|rest| rest.starts_with('/'));
    assert!(address.strip_prefix(PANEL).is_some_and(inside), "{segment:?} made {address}");
    let read = Url::parse(address).unwrap();
    assert!(read.host_str() == Some("panel.example") && inside(read.path()), "{segment:?} is read as {read}");
    let decoded = format!("{PANEL}{}", percent_decode_str(read.path()).decode_utf8_lossy());
    let read = Url::parse(&decoded).unwrap();
    assert!(read.host_str() == Some("panel.example") && inside(read.path()), "{segment:?}, decoded, is read as {read}");
    for layers in 0..3 {
        let path = folded(address, layers);
        assert!(inside(&path), "{segment:?} leads to {path} after {layers} layers");
    }
}

/// Steele, Lea and Flood's SplitMix64: small, and the same on every machine.
struct Dice(u64);

impl Dice {
    fn below(&mut self, end: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        usize::try_from((z ^ (z >> 31)) >> 33).unwrap() % end
    }
}

const PIECES: [&str; 64] = [
    ".",
    "..",
    "...",
    "/",
    "//",
    "\\",
    "../",
    "..\\",
    "/..",
    "%2e",
    "%2E",
    "%2e%2e",
    ".%2e",
    "%2f",
    "%2F",
    "%5c",
    "%5C",
    "%252e",
    "%252f",
    "%255c",
    "%25252e",
    "%25",
    "%",
    "%2",
    "%zz",
    "%u002e",
    "%c0%ae",
    "%c0%af",
    "%e0%80%ae",
    ";",
    "..;",
    ";a=b",
    "?",
    "#",
    "@",
    ":",
    "user@evil.example",
    "//evil.example",
    "https://evil.example/",
    "\t",
    "\n",
    "\r\n",
    "\0",
    " ",
    "%20",
    "%09",
    "%0a",
    "%00",
    "．",
    "。",
    "／",
    "＼",
    "․",
    "‥",
    "[::1]",
    "é",
    "\u{202e}",
    "&",
    "=",
    "+",
    "~",
    "servers",
    "deadbeef",
    "api/client/servers/deadbeef",
];

fn segment(dice: &mut Dice) -> String {
    let mut text = String::new();
    for _ in 0..=dice.below(5) {
        match dice.below(12) {
            0 => text.push(char::from_u32(u32::try_from(dice.below(0x3000)).unwrap()).unwrap_or('x')),
            1 => write!(text, "%{:02x}", dice.below(256)).unwrap(),
            2 => text.push(char::from(b'a' + u8::try_from(dice.below(26)).unwrap())),
            _ => text.push_str(PIECES[dice.below(PIECES.len())]),
        }
    }
    // One in a thousand is very long.
    if dice.below(1000) == 0 { text.repeat(100) } else { text }
}

/// Tries `count` segments and says how many of them an address was made with.
fn try_segments(seed: u64, count: usize) -> usize {
    let mut dice = Dice(seed);
    let panel = Panel::at(PANEL).unwrap();
    let mut stayed = 0;
    for number in 0..count {
        let segment = segment(&mut dice);
        // At the end, in the middle, twice, and as a customer's ids stand.
        let path = match number % 5 {
            0 => server().join("files").join(&segment),
            1 => server().join(&segment).join("power"),
            2 => server().join(&segment).join(&segment).with("file", &segment),
            3 => server().join("backups").join(&segment).join("restore"),
            _ => server().join("schedules").number(7).join("tasks").join(&segment).with("include", &segment),
        };
        if let Ok(address) = path.address(&panel) {
            stayed += 1;
            assert_stays(&address.to_string(), &segment);
        }
    }
    stayed
}

#[test]
#[expect(clippy::print_stdout, reason = "the number is shown by the test run")]
fn a_million_hostile_segments_never_leave_the_owners_prefix() {
    const SEGMENTS: usize = 1_000_000;
    let halves = [20, 10].map(|seed| std::thread::spawn(move || try_segments(seed, SEGMENTS / 2)));
    let stayed: usize = halves.map(|half| half.join().unwrap()).iter().sum();
    println!(
        "{SEGMENTS} segments of panel paths: {stayed} stayed under their server, {} were refused",
        SEGMENTS - stayed
    );
    assert!(stayed > SEGMENTS / 5, "only {stayed} were not refused");
}
