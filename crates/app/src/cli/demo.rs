//! `givr demo`: being written.
#[derive(clap::Args)]
pub(super) struct Demo {}
impl Demo {
    pub(super) async fn run(self) -> super::Outcome { Ok(std::process::ExitCode::SUCCESS) }
}
