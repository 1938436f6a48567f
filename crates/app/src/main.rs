//! The `givr` program.

use std::process::ExitCode;

fn main() -> ExitCode {
    // TLS everywhere is rustls with ring; the clients panic without it.
    let _ = rustls::crypto::ring::default_provider().install_default();
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build();
    match runtime {
        Ok(runtime) => runtime.block_on(app::cli::run()),
        Err(_) => ExitCode::from(2),
    }
}
