//! Files that a customer brings onto a server. They pass through this process as a whole, so that the panel and its daemons need not be
//! reachable for browsers; what is larger goes over SFTP.

use crate::app::App;
use crate::control::{Deed, Trouble, reach};
use crate::web::access::{Owned, SignedIn};
use crate::web::dashboard::server::around::{Done, Told, act, back};
use crate::web::dashboard::server::files::{href, page};
use crate::web::errors::PageError;
use axum::extract::State;
use axum::extract::multipart::{Multipart, MultipartError, MultipartRejection};
use axum::response::Response;
use bytes::Bytes;
use http::StatusCode;
use panel::control::{FileName, FilePath};
use panel::{Identifier, PanelError};
use std::sync::atomic::{AtomicUsize, Ordering};
use store::services::Service;

/// Files in one form at most.
const MOST_FILES: usize = 50;

/// What a form brought.
#[derive(Default)]
struct Sent {
    folder: String,
    /// Whether what stands there may be replaced.
    replace: bool,
    files: Vec<(FileName, Bytes)>,
}

/// `POST /servers/{service}/files/upload`
pub(super) async fn receive(
    State(app): State<App>,
    signed_in: SignedIn,
    service: Owned<Service>,
    form: Result<Multipart, MultipartRejection>,
) -> Result<Response, PageError> {
    // Each form is kept in memory as a whole.
    let under_way = app.control.uploads.begin(&signed_in.account.id).await;
    let (folder, outcome) = match form {
        Ok(form) => {
            let (sent, read) = read(form).await;
            let folder = sent.folder.clone();
            let outcome = match read {
                Ok(()) => bring(&app, &service, sent).await,
                Err(trouble) => Err(trouble),
            };
            (folder, outcome)
        }
        Err(_) => (String::new(), Err(Trouble::Wrong("files-upload-broken"))),
    };
    drop(under_way);
    let at: FilePath = folder.parse().unwrap_or_default();
    app.control.folders.changed(&service.id, &at.to_string());
    match outcome {
        Ok(()) => Ok(back(&href(&service, &at), Done::Uploaded)),
        Err(trouble) => page(&app, &signed_in.account, &service, &at.to_string(), Some(Told::Failed(trouble))).await,
    }
}

/// Reads a form, as far as it can be read: the folder comes first and is known even if the rest is too much.
async fn read(mut form: Multipart) -> (Sent, Result<(), Trouble>) {
    let mut sent = Sent::default();
    let outcome = fill(&mut sent, &mut form).await;
    (sent, outcome)
}

async fn fill(sent: &mut Sent, form: &mut Multipart) -> Result<(), Trouble> {
    while let Some(field) = form.next_field().await.map_err(|error| broken(&error))? {
        match field.name() {
            // As bytes: `Field::text` would read every encoding that browsers know, and brings 300 kB along for that.
            Some("folder") => {
                let folder = field.bytes().await.map_err(|error| broken(&error))?;
                sent.folder = String::from_utf8(folder.into()).map_err(|_| Trouble::Wrong("files-no-path"))?;
            }
            Some("replace") => sent.replace = true,
            Some("file") => {
                let name = field.file_name().unwrap_or_default().to_owned();
                let content = field.bytes().await.map_err(|error| broken(&error))?;
                // A browser sends one part without a name when nothing was chosen.
                if name.is_empty() {
                    continue;
                }
                if sent.files.len() == MOST_FILES {
                    return Err(Trouble::Wrong("files-upload-many"));
                }
                // Some name the whole way on the visitor's own machine.
                let own = name.rsplit(['/', '\\']).next().unwrap_or_default();
                sent.files.push((own.parse().map_err(|_| Trouble::Wrong("files-no-name"))?, content));
            }
            Some(_) | None => {}
        }
    }
    if sent.files.is_empty() { Err(Trouble::Wrong("files-none-chosen")) } else { Ok(()) }
}

fn broken(error: &MultipartError) -> Trouble {
    Trouble::Wrong(match error.status() {
        StatusCode::PAYLOAD_TOO_LARGE => "files-upload-large",
        _ => "files-upload-broken",
    })
}

/// Writes everything, or nothing if something would be replaced that nobody said may be.
async fn bring(app: &App, service: &Service, sent: Sent) -> Result<(), Trouble> {
    let folder: FilePath = sent.folder.parse().map_err(|_| Trouble::Wrong("files-no-path"))?;
    let server = reach(service).map_err(Trouble::Shut)?;
    if !sent.replace {
        let there = app.panel.list_files(&server, &folder).await.map_err(|error| Trouble::of(&error))?;
        // Of a very large folder only the first part is told.
        let unknown = there.total > there.entries.len();
        let stands = |name: &FileName| there.entries.iter().any(|entry| entry.name == name.as_str());
        if unknown || sent.files.iter().any(|(name, _)| stands(name)) {
            return Err(Trouble::Wrong("files-upload-there"));
        }
    }
    let mut files = Vec::with_capacity(sent.files.len());
    for (name, content) in sent.files {
        files.push((folder.join(&name).map_err(|_| Trouble::Wrong("files-no-path"))?, content));
    }
    let (panel, written) = (&app.panel, &AtomicUsize::new(0));
    let write_all = |server: Identifier| async move {
        for (file, content) in files {
            panel.upload_file(&server, &file, content).await?;
            written.fetch_add(1, Ordering::Relaxed);
        }
        Ok::<(), PanelError>(())
    };
    let outcome = act(app, service, Deed::Change, write_all).await;
    // They go one after the other: what is there already has to be said.
    outcome.map_err(
        |trouble| if written.load(Ordering::Relaxed) > 0 { Trouble::Wrong("files-upload-part") } else { trouble },
    )
}
