//! What games say on their consoles, and what they answer to a typed line.

use super::feed::News;
use super::machine::{LOG, Machine, Power, Signal};
use super::model::{Egg, RowId, Server};
use super::state::State;
use super::tree::StoredFile;
use jiff::Timestamp;

/// What a game does with a typed line.
struct Answer {
    lines: Vec<String>,
    stops: bool,
}

impl Answer {
    fn saying(lines: Vec<String>) -> Self {
        Self { lines, stops: false }
    }
}

/// Whether the game is of the Minecraft kind, by the file that its egg fills in.
fn is_minecraft(egg: &Egg) -> bool {
    egg.config["files"].get("server.properties").is_some()
}

fn clock(at: Timestamp) -> String {
    at.strftime("%H:%M:%S").to_string()
}

/// The command that stops the game; eggs that send a signal instead have none.
fn stop_word(egg: &Egg) -> Option<&str> {
    egg.config["stop"].as_str().filter(|word| !word.starts_with('^'))
}

/// What the panel waits for in the console before it says "running".
fn done_text(egg: &Egg) -> &str {
    let done = &egg.config["startup"]["done"];
    done.as_str().or_else(|| done[0].as_str()).unwrap_or("Server is up.")
}

fn minecraft(line: &str, at: Timestamp) -> String {
    format!("[{} INFO]: {line}", clock(at))
}

fn first_lines(egg: &Egg, port: u16, at: Timestamp) -> Vec<String> {
    if is_minecraft(egg) {
        let lines = [
            format!("Starting minecraft server for {}", egg.name),
            "Loading properties".to_owned(),
            format!("Starting Minecraft server on 0.0.0.0:{port}"),
            "Preparing level \"world\"".to_owned(),
        ];
        return lines.iter().map(|line| minecraft(line, at)).collect();
    }
    vec![format!("{} begins, on port {port}", egg.name), "Loading the world".to_owned()]
}

fn ready_line(egg: &Egg, at: Timestamp) -> String {
    if is_minecraft(egg) { minecraft("Done (4.217s)! For help, type \"help\"", at) } else { done_text(egg).to_owned() }
}

/// The answer of a game to `command`.
fn answer(egg: &Egg, command: &str, online: u32, at: Timestamp) -> Answer {
    let stops = stop_word(egg).is_some_and(|word| word == command.trim());
    if !is_minecraft(egg) {
        let reply = if stops { "Shutting down.".to_owned() } else { format!("{}: done.", egg.name) };
        return Answer { lines: vec![format!("> {command}"), reply], stops };
    }
    let said = |lines: &[&str]| Answer::saying(lines.iter().map(|line| minecraft(line, at)).collect());
    let (word, rest) = command.trim().split_once(' ').unwrap_or((command.trim(), ""));
    match word.trim_start_matches('/') {
        "list" => {
            let names: Vec<String> = (1..=online).map(|number| format!("Player{number}")).collect();
            let count = format!("There are {online} of a max of 20 players online: {}", names.join(", "));
            said(&[count.trim_end()])
        }
        "say" => said(&[&format!("[Server] {rest}")]),
        "help" => {
            said(&["/help: what there is", "/list: who plays", "/say <text>: tells everybody", "/stop: ends the game"])
        }
        "stop" => Answer { stops: true, ..said(&["Stopping the server", "Saving worlds"]) },
        "op" => said(&[&format!("Made {rest} a server operator")]),
        "save-all" => said(&["Saving the game (this may take a moment!)", "Saved the game"]),
        _ => said(&["Unknown or incomplete command, see below for error", &format!("{command}<--[HERE]")]),
    }
}

impl State {
    fn speaker(&self, server: RowId) -> Option<(Egg, u16)> {
        let server: &Server = self.servers.get(&server)?;
        let port = self.allocations.get(&server.allocation).map_or(0, |it| it.port);
        Some((self.eggs.get(&server.egg)?.clone(), port))
    }

    /// A game begins: its log starts over.
    pub(super) fn say_start(&mut self, server: RowId, at: Timestamp) {
        let Some((egg, port)) = self.speaker(server) else { return };
        let Some(machine) = self.machines.get_mut(&server) else { return };
        machine.note("The game's process starts");
        if is_minecraft(&egg) {
            begin_log(machine, at);
        }
        for line in first_lines(&egg, port, at) {
            machine.print(line, at);
        }
    }

    /// A game is ready, right before it counts as running.
    pub(super) fn say_ready(&mut self, server: RowId, at: Timestamp) {
        let Some((egg, _)) = self.speaker(server) else { return };
        if let Some(machine) = self.machines.get_mut(&server) {
            machine.print(ready_line(&egg, at), at);
        }
    }

    /// The game wants its terms accepted first.
    pub(super) fn say_terms(&mut self, server: RowId, at: Timestamp) {
        let Some(machine) = self.machines.get_mut(&server) else { return };
        if !machine.files.has("/eula.txt") {
            machine.files.put("/eula.txt", StoredFile::new("eula=false\n", at));
        }
        machine.print(minecraft("You need to agree to the EULA in order to run the server. Go to eula.txt", at), at);
    }

    /// Types a line into a game's console; `false` when none runs.
    pub(super) fn type_command(&mut self, server: RowId, command: &str, at: Timestamp) -> bool {
        let Some((egg, _)) = self.speaker(server) else { return false };
        let Some(machine) = self.machines.get_mut(&server).filter(|machine| machine.power != Power::Offline) else {
            return false;
        };
        // A game hears nothing before it is up, and when it stops already.
        if machine.is_running() {
            let answer = answer(&egg, command, machine.players, at);
            for line in answer.lines {
                machine.print(line, at);
            }
            if answer.stops {
                self.obey(server, Signal::Stop, at);
            }
        }
        true
    }

    pub(super) fn tell(&mut self, server: RowId, news: News) {
        if let Some(machine) = self.machines.get_mut(&server) {
            machine.feed.push(news);
        }
    }
}

fn begin_log(machine: &mut Machine, at: Timestamp) {
    machine.files.put(LOG, StoredFile::new(Vec::new(), at));
}

/// Fills a server's folder with what the installer of its egg leaves behind; what is there stays.
pub(super) fn furnish(files: &mut super::tree::Tree, egg: &Egg, server: &Server, port: u16, at: Timestamp) {
    let mut put = |path: &str, text: String| {
        if !files.has(path) {
            files.put(path, StoredFile::new(text, at));
        }
    };
    if is_minecraft(egg) {
        let properties = format!(
            "#Minecraft server properties\nserver-port={port}\nserver-ip=0.0.0.0\nmotd={}\nmax-players=20\ndifficulty=easy\n\
             gamemode=survival\nlevel-name=world\nonline-mode=true\nview-distance=10\nwhite-list=false\n",
            server.name.replace(['\n', '\r'], " "),
        );
        put("/server.properties", properties);
        for list in ["ops", "whitelist", "banned-players", "banned-ips"] {
            put(&format!("/{list}.json"), "[]\n".to_owned());
        }
        put("/server.jar", "PK\u{3}\u{4} not a real archive".to_owned());
        put("/world/level.dat", "\u{1f} not a real world".to_owned());
        put(LOG, String::new());
        return;
    }
    let named = egg.config["files"].as_object().into_iter().flatten().map(|(path, _)| path.as_str());
    for path in named.chain(["server.cfg"]) {
        let text = if path.ends_with(".json") {
            serde_json::json!({ "name": server.name, "port": port }).to_string()
        } else {
            format!("# {}\nname={}\nport={port}\n", egg.name, server.name.replace(['\n', '\r'], " "))
        };
        put(&super::tree::whole_path(path), text);
    }
    files.put("/logs/README.txt", StoredFile::new("What the game writes down.\n", at));
}
