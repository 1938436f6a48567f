//! The mail server: its name is resolved and checked by us, and the connection goes to the checked address.

use crate::outbound::Guard;
use anyhow::Context;
use lettre::transport::smtp::authentication::Credentials;
use lettre::transport::smtp::client::{Tls, TlsParameters};
use lettre::transport::smtp::extension::ClientId;
use lettre::transport::smtp::{SMTP_PORT, SUBMISSION_PORT, SUBMISSIONS_PORT};
use lettre::{AsyncSmtpTransport, AsyncTransport, Message, Tokio1Executor};
use percent_encoding::percent_decode_str;
use secrecy::{ExposeSecret, SecretString};
use std::net::IpAddr;
use std::time::Duration;
use tokio::sync::Mutex;
use url::Url;

/// How long one step of the conversation may take.
const PATIENCE: Duration = Duration::from_secs(30);

type Transport = AsyncSmtpTransport<Tokio1Executor>;

/// A mail server.
pub(super) struct Smtp {
    url: SecretString,
    /// As the certificate has it, or an address without brackets.
    host: String,
    guard: Guard,
    /// The connections to the address that worked last.
    current: Mutex<Option<(IpAddr, Transport)>>,
}

impl Smtp {
    /// The server of `smtp://` or `smtps://` with name and password; `?tls=required` and `?tls=opportunistic` begin in the clear.
    ///
    /// # Errors
    /// The address cannot be used.
    pub(super) fn new(url: &SecretString, guard: Guard) -> anyhow::Result<Self> {
        let bad = "mail.url is not the address of a mail server";
        // The error would show the password.
        AsyncSmtpTransport::<Tokio1Executor>::from_url(url.expose_secret()).ok().context(bad)?;
        let parsed = Url::parse(url.expose_secret()).ok().context(bad)?;
        let host = parsed.host_str().context(bad)?.trim_matches(['[', ']']).to_owned();
        Ok(Self { url: url.clone(), host, guard, current: Mutex::default() })
    }

    /// Sends a message.
    ///
    /// # Errors
    /// The server cannot be reached, is where we do not go, or did not take the message.
    pub(super) async fn send(&self, message: Message) -> anyhow::Result<()> {
        let sent = self.server().await?.send(message).await;
        if sent.is_err() {
            // Another address of the same name may do better next time.
            *self.current.lock().await = None;
        }
        sent.context("the mail server did not take the message").map(|_| ())
    }

    /// Says hello and signs in, and sends nothing.
    ///
    /// # Errors
    /// The server cannot be reached, is where we do not go, or does not take name and password.
    pub(super) async fn knock(&self) -> anyhow::Result<()> {
        let answers = self.server().await?.test_connection().await.context("the mail server does not let us in")?;
        anyhow::ensure!(answers, "the mail server hung up");
        Ok(())
    }

    /// Connections to an address that was checked just now.
    async fn server(&self) -> anyhow::Result<Transport> {
        let addresses = self.guard.resolve(&self.host).await.context("the mail server cannot be reached")?;
        let mut current = self.current.lock().await;
        if let Some((address, transport)) = current.as_ref()
            && addresses.contains(address)
        {
            return Ok(transport.clone());
        }
        let address = *addresses.first().context("the mail server has no address")?;
        let transport = self.at(address)?;
        *current = Some((address, transport.clone()));
        Ok(transport)
    }

    /// The settings' address as `lettre` reads it, with a checked address in place of the name. TLS still asks for the name.
    fn at(&self, address: IpAddr) -> anyhow::Result<Transport> {
        let url = Url::parse(self.url.expose_secret()).ok().context("mail.url cannot be read")?;
        let wanted = url.query_pairs().find(|(key, _)| key == "tls").map(|(_, value)| value.into_owned());
        let tls = || TlsParameters::new(self.host.clone());
        let (port, tls) = match (url.scheme(), wanted.as_deref()) {
            ("smtps", _) => (SUBMISSIONS_PORT, Tls::Wrapper(tls()?)),
            (_, Some("required")) => (SUBMISSION_PORT, Tls::Required(tls()?)),
            (_, Some(_)) => (SUBMISSION_PORT, Tls::Opportunistic(tls()?)),
            (_, None) => (SMTP_PORT, Tls::None),
        };
        let mut builder = Transport::builder_dangerous(address.to_string())
            .port(url.port().unwrap_or(port))
            .tls(tls)
            .timeout(Some(PATIENCE));
        let name = url.path().trim_matches('/');
        if !name.is_empty() {
            builder = builder.hello_name(ClientId::Domain(name.to_owned()));
        }
        if let Some(password) = url.password() {
            let decoded = |text: &str| percent_decode_str(text).decode_utf8().map(std::borrow::Cow::into_owned);
            builder = builder.credentials(Credentials::new(decoded(url.username())?, decoded(password)?));
        }
        Ok(builder.build())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::outbound::Lookup;
    use std::sync::Arc;
    use std::sync::atomic::{AtomicUsize, Ordering};
    use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader};
    use tokio::net::TcpListener;

    /// A mail server that takes everything, and what it was told.
    async fn server() -> (u16, Arc<std::sync::Mutex<Vec<String>>>) {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let (port, told) = (listener.local_addr().unwrap().port(), Arc::default());
        let kept: Arc<std::sync::Mutex<Vec<String>>> = Arc::clone(&told);
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let (read, mut write) = stream.into_split();
                let mut lines = BufReader::new(read).lines();
                write.write_all(b"220 mail.example ready\r\n").await.unwrap();
                let mut in_data = false;
                while let Ok(Some(line)) = lines.next_line().await {
                    let answer = match line.as_str() {
                        "." => "250 taken\r\n",
                        _ if in_data && line != "." => "",
                        "DATA" => "354 go on\r\n",
                        _ if line.starts_with("EHLO") => "250-mail.example\r\n250 AUTH PLAIN LOGIN\r\n",
                        _ if line.starts_with("AUTH") => "235 welcome\r\n",
                        _ => "250 good\r\n",
                    };
                    in_data = (in_data || line == "DATA") && line != ".";
                    kept.lock().unwrap().push(line);
                    if write.write_all(answer.as_bytes()).await.is_err() {
                        break;
                    }
                }
            }
        });
        (port, told)
    }

    fn guard(allowed: &[&str], first: &'static str, later: &'static str) -> Guard {
        let asked = Arc::new(AtomicUsize::new(0));
        let lookup: Lookup = Arc::new(move |_| {
            let address = if asked.fetch_add(1, Ordering::SeqCst) == 0 { first } else { later };
            Box::pin(async move { Ok(vec![address.parse().unwrap()]) })
        });
        let allowed: Vec<_> = allowed.iter().map(|network| network.parse().unwrap()).collect();
        Guard::with_lookup(&allowed, lookup)
    }

    fn message() -> Message {
        let builder = Message::builder().from("a@shop.example".parse().unwrap()).to("b@c.example".parse().unwrap());
        builder.subject("x").body("y".to_owned()).unwrap()
    }

    #[tokio::test]
    async fn mail_goes_to_the_checked_address_with_name_and_password_and_not_where_the_name_leads_later() {
        let (port, told) = server().await;
        let url = SecretString::from(format!("smtp://me%40shop:se%2Fcret@mail.example:{port}/shop.example"));
        let smtp = Smtp::new(&url, guard(&["127.0.0.0/8"], "127.0.0.1", "169.254.169.254")).unwrap();
        smtp.send(message()).await.unwrap();
        let lines = told.lock().unwrap().clone();
        assert_eq!(lines[0], "EHLO shop.example");
        // `\0me@shop\0se/cret` in base64.
        assert_eq!(lines[1], "AUTH PLAIN AG1lQHNob3AAc2UvY3JldA==");
        let refused = smtp.send(message()).await.unwrap_err();
        let text = format!("{refused:#}");
        assert!(text.contains("`mail.example` leads to 169.254.169.254, a link-local address"), "{text}");
        assert_eq!(told.lock().unwrap().iter().filter(|line| *line == "DATA").count(), 1);
    }

    #[tokio::test]
    async fn a_mail_server_inside_is_refused() {
        let (port, told) = server().await;
        for host in ["mail.example", "127.0.0.1"] {
            let url = SecretString::from(format!("smtp://{host}:{port}"));
            let smtp = Smtp::new(&url, guard(&[], "127.0.0.1", "127.0.0.1")).unwrap();
            let text = format!("{:#}", smtp.send(message()).await.unwrap_err());
            assert!(text.contains("security.allowed_networks"), "{text}");
        }
        assert!(told.lock().unwrap().is_empty());
    }
}
