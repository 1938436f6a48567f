//! Sending: to a mail server, into a folder, or into the log.

use crate::config::{MailConfig, MailTarget};
use crate::freeze::Gate;
use crate::mail::Written;
use crate::mail::smtp::Smtp;
use crate::outbound::Guard;
use anyhow::Context;
use domain::redact::without_addresses;
use futures_util::future::BoxFuture;
use lettre::message::{Mailbox, MultiPart};
use lettre::{AsyncFileTransport, AsyncTransport, Tokio1Executor};
use std::sync::Arc;
use tokio::sync::Mutex;

/// Where mail goes.
pub struct Mailer {
    from: Mailbox,
    target: Target,
    /// Without one everything goes out.
    gate: Option<Gate>,
}

/// What becomes of mail.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Leaves {
    /// A server takes it.
    ByServer,
    /// It is kept in a folder.
    IntoFolder,
    /// It is forgotten.
    Nowhere,
}

enum Target {
    Smtp(Smtp),
    Folder(AsyncFileTransport<Tokio1Executor>),
    Log,
    /// For tests: what was sent, as (address, subject, text).
    Kept(Mutex<Vec<(String, String, String)>>),
    /// For simulations: whoever decides whether it arrives.
    Handed(Hand),
}

/// Takes a message, named by its id in the outbox, that is for an address; or refuses it.
pub type Hand = Arc<dyn Fn(&str, &str) -> BoxFuture<'static, anyhow::Result<()>> + Send + Sync>;

impl Mailer {
    /// A mailer as the settings want it; the guard says where a mail server may be.
    ///
    /// # Errors
    /// The address of the mail server cannot be used, or the folder cannot be made.
    pub fn new(config: &MailConfig, guard: Guard) -> anyhow::Result<Self> {
        let from = config.from.parse().context("mail.from is not a sender")?;
        let target = match &config.target {
            MailTarget::Smtp(url) => Target::Smtp(Smtp::new(url, guard)?),
            MailTarget::Folder(folder) => {
                std::fs::create_dir_all(folder).with_context(|| format!("cannot make {}", folder.display()))?;
                Target::Folder(AsyncFileTransport::new(folder))
            }
            MailTarget::Log => Target::Log,
        };
        Ok(Self { from, target, gate: None })
    }

    /// A mailer that keeps what it sends.
    ///
    /// # Panics
    /// Never: its sender is well formed.
    #[expect(clippy::expect_used, reason = "a constant that parses")]
    pub fn keeping() -> Self {
        let from = "GIVRwrld <shop@givrwrld.example>".parse().expect("a sender");
        Self { from, target: Target::Kept(Mutex::default()), gate: None }
    }

    /// The same mailer, which sends nothing while this gate is closed.
    #[must_use]
    pub fn behind(self, gate: Gate) -> Self {
        Self { gate: Some(gate), ..self }
    }

    /// A mailer that hands everything to `hand`.
    pub fn handing(hand: Hand) -> Self {
        Self { target: Target::Handed(hand), ..Self::keeping() }
    }

    /// What a keeping mailer has sent, as (address, subject, text).
    pub async fn kept(&self) -> Vec<(String, String, String)> {
        match &self.target {
            Target::Kept(messages) => messages.lock().await.clone(),
            Target::Smtp(_) | Target::Folder(_) | Target::Log | Target::Handed(_) => Vec::new(),
        }
    }

    /// Sends a message. `id` becomes its Message-ID, so that a repetition can be recognised.
    ///
    /// # Errors
    /// The address cannot be used, the mail server did not take it, or the installation is frozen: try again later.
    pub async fn send(&self, id: &str, to: &str, written: &Written) -> anyhow::Result<()> {
        if let Some(gate) = &self.gate {
            gate.pass()?;
        }
        self.send_anyway(id, to, written).await
    }

    /// Sends a message also while the installation is frozen: to those who have to thaw it, and to nobody else.
    ///
    /// # Errors
    /// The address cannot be used, or the mail server did not take it: try again later.
    pub async fn send_anyway(&self, id: &str, to: &str, written: &Written) -> anyhow::Result<()> {
        let message = self.letter(id, to, written)?;
        match &self.target {
            Target::Smtp(server) => {
                // What the server says may name the address that it did not take.
                let said = server.send(message).await.map_err(|error| without_addresses(&format!("{error:#}")));
                said.map_err(anyhow::Error::msg)?;
            }
            Target::Folder(folder) => {
                folder.send(message).await.context("the message cannot be written")?;
            }
            // Neither address nor subject: a code stands in the subject.
            Target::Log => tracing::info!(mail.id = id, "Mail {id} is due; mail.url = \"log:\" sends nothing"),
            Target::Handed(hand) => hand(id, to).await?,
            Target::Kept(messages) => {
                messages.lock().await.push((to.to_owned(), written.subject.clone(), written.text.clone()));
            }
        }
        Ok(())
    }

    /// Whether mail could leave now: says hello to the mail server and signs in, and sends nothing.
    ///
    /// # Errors
    /// It could not.
    pub async fn try_server(&self) -> anyhow::Result<Leaves> {
        match &self.target {
            Target::Smtp(server) => {
                server.knock().await?;
                Ok(Leaves::ByServer)
            }
            Target::Folder(_) => Ok(Leaves::IntoFolder),
            Target::Log => Ok(Leaves::Nowhere),
            Target::Kept(_) | Target::Handed(_) => Ok(Leaves::ByServer),
        }
    }

    /// The message as it travels.
    ///
    /// # Errors
    /// The address cannot be used.
    pub fn letter(&self, id: &str, to: &str, written: &Written) -> anyhow::Result<lettre::Message> {
        let domain = self.from.email.domain();
        lettre::Message::builder()
            .from(self.from.clone())
            .to(to.parse().context("the recipient's address cannot be used")?)
            .subject(&written.subject)
            .message_id(Some(format!("<{id}@{domain}>")))
            .multipart(MultiPart::alternative_plain_html(written.text.clone(), written.html.clone()))
            .context("the message cannot be built")
    }
}
