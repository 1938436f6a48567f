//! What games answer, and what answers in their place: read within bounds, and text in it is short and printable.
#![no_main]

use libfuzzer_sys::fuzz_target;
use query::{Answer, Silence, fuzzing};

fuzz_target!(|data: &[u8]| {
    let Some((game, rest)) = fuzz::choice(data, 5) else { return };
    let answer = match game {
        0 => fuzz::now(fuzzing::minecraft(rest)),
        1 => match rest.first_chunk() {
            Some(head) => fuzzing::terraria(*head),
            None => return,
        },
        2 => fuzzing::teeworlds(rest),
        3 => fuzzing::source(rest).map(Option::unwrap_or_default),
        _ => fuzzing::mindustry(rest),
    };
    match answer {
        Ok(Answer { name: Some(name), .. }) => {
            assert!(!name.trim().is_empty() && name.trim() == name);
            fuzz::assert_printable(&name, 120);
        }
        Ok(Answer { name: None, .. }) => {}
        Err(Silence::NotTheGame(why)) => fuzz::assert_printable(&why, 100),
        Err(silence @ (Silence::Refused | Silence::TimedOut | Silence::NoProbe)) => {
            panic!("{silence} without a network")
        }
    }
});
