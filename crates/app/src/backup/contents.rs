//! Reading a backup: opened, unpacked, and held against its own manifest, sum and seal.

use crate::backup::{BackupError, FIRST_SCHEMA, FORMAT, Heading, Manifest, Sum};
use crate::vault;
use age::stream::StreamReader;
use age::x25519::Identity;
use age::{DecryptError, Decryptor};
use flate2::read::GzDecoder;
use secrecy::SecretString;
use sha2::{Digest, Sha256};
use std::collections::BTreeMap;
use std::fs::File;
use std::io::{self, BufRead, BufReader, Read};
use std::path::{Path, PathBuf};
use store::LATEST_SCHEMA;
use store::copies::{Cells, TABLES};

/// Rows handed over at once.
const ROWS: usize = 500;
/// And bytes: rows can be long.
const BYTES: usize = 4 * 1024 * 1024;
/// No row is longer: what Stripe, the panel and customers may send is far below.
const LINE: u64 = 64 * 1024 * 1024;

/// Where a backup is, and what opens it.
#[derive(Debug, Clone, Copy)]
pub struct Source<'a> {
    /// The backup.
    pub from: &'a Path,
    /// The file with the secret key.
    pub identity: &'a Path,
    /// `security.secret`, and what it was before.
    pub secrets: &'a [&'a SecretString],
}

impl Source<'_> {
    /// Reads the whole backup, and holds it against its manifest, its sum and its seal.
    ///
    /// # Errors
    /// [`BackupError`]: something of it is not as it was written.
    pub fn check(&self) -> Result<(Manifest, Sum), BackupError> {
        let mut contents = Contents::open(self)?;
        while contents.next_batch()?.is_some() {}
        let Contents { manifest, sum, .. } = contents;
        Ok((manifest, sum.ok_or_else(cut_off)?))
    }
}

/// Rows of one table.
pub struct Batch {
    /// Which table.
    pub table: String,
    /// Its columns as they were.
    pub columns: Vec<String>,
    /// Some of its rows.
    pub rows: Vec<Cells>,
}

/// A backup that is being read.
pub struct Contents<'a> {
    /// What stands at its beginning.
    pub manifest: Manifest,
    /// What stands at its end, once that was reached.
    pub sum: Option<Sum>,
    lines: BufReader<GzDecoder<StreamReader<BufReader<File>>>>,
    so_far: Sha256,
    secrets: &'a [&'a SecretString],
    table: Option<(String, Vec<String>)>,
    counted: BTreeMap<String, u64>,
}

impl<'a> Contents<'a> {
    /// Opens a backup and reads its manifest.
    ///
    /// # Errors
    /// [`BackupError`]
    pub fn open(source: &Source<'a>) -> Result<Self, BackupError> {
        let identities = identities(source.identity)?;
        let file = File::open(source.from).map_err(|error| BackupError::file(source.from, &error))?;
        let decryptor = Decryptor::new_buffered(BufReader::new(file)).map_err(unreadable)?;
        let opened = decryptor.decrypt(identities.iter().map(|identity| identity as &dyn age::Identity));
        let mut lines = BufReader::new(GzDecoder::new(opened.map_err(unreadable)?));
        let mut so_far = Sha256::new();
        let first = read_line(&mut lines)?.ok_or_else(cut_off)?;
        so_far.update(&first);
        let strange =
            || BackupError::NotABackup("it does not begin with a manifest that this release can read".to_owned());
        let Ok(Heading::Manifest(manifest)) = serde_json::from_slice(&first) else { return Err(strange()) };
        if manifest.format > FORMAT || manifest.schema > LATEST_SCHEMA {
            let Manifest { release, format, schema, .. } = manifest;
            return Err(BackupError::Newer { release, format, schema });
        }
        if manifest.schema < FIRST_SCHEMA || manifest.rows.keys().any(|table| !TABLES.contains(&table.as_str())) {
            return Err(strange());
        }
        let (table, counted) = (None, BTreeMap::new());
        Ok(Self { manifest, sum: None, lines, so_far, secrets: source.secrets, table, counted })
    }

    /// The next rows; `None` at the end, when everything was found to be as it was written.
    ///
    /// # Errors
    /// [`BackupError`]: whatever was handed over until now must not be kept.
    pub fn next_batch(&mut self) -> Result<Option<Batch>, BackupError> {
        let (mut rows, mut bytes) = (Vec::new(), 0);
        while self.sum.is_none() {
            let line = read_line(&mut self.lines)?.ok_or_else(cut_off)?;
            if line.first() == Some(&b'[') {
                self.so_far.update(&line);
                bytes += line.len();
                rows.push(serde_json::from_slice(&line).map_err(|_| garbled("a row cannot be read"))?);
                if rows.len() >= ROWS || bytes >= BYTES {
                    return self.batch(rows).map(Some);
                }
                continue;
            }
            let full = if rows.is_empty() { None } else { Some(self.batch(std::mem::take(&mut rows))?) };
            match serde_json::from_slice(&line).map_err(|_| garbled("a line cannot be read"))? {
                Heading::Table { name, columns } => {
                    self.so_far.update(&line);
                    if !self.manifest.rows.contains_key(&name) || self.counted.insert(name.clone(), 0).is_some() {
                        return Err(garbled("a table stands in it that its manifest does not name, or twice"));
                    }
                    self.table = Some((name, columns));
                }
                Heading::End(sum) => self.finish(sum)?,
                Heading::Manifest(_) => return Err(garbled("it has a second manifest")),
            }
            if full.is_some() {
                return Ok(full);
            }
        }
        Ok(None)
    }

    fn batch(&mut self, rows: Vec<Cells>) -> Result<Batch, BackupError> {
        let (table, columns) = self.table.clone().ok_or_else(|| garbled("a row belongs to no table"))?;
        *self.counted.entry(table.clone()).or_default() += rows.len() as u64;
        Ok(Batch { table, columns, rows })
    }

    fn finish(&mut self, sum: Sum) -> Result<(), BackupError> {
        // What follows the end would be of no meaning; and only the last piece of the file proves that it is whole.
        if read_line(&mut self.lines)?.is_some() {
            return Err(garbled("something follows its end"));
        }
        let digest = self.so_far.clone().finalize();
        if hex::encode(digest) != sum.sha256 {
            return Err(garbled("its sum is not that of its lines"));
        }
        if self.counted != self.manifest.rows {
            return Err(garbled("it has not as many rows as its manifest says"));
        }
        if !self.secrets.iter().any(|secret| vault::is_backup_seal(secret, &digest, &sum.seal)) {
            return Err(BackupError::WrongSecret);
        }
        self.sum = Some(sum);
        Ok(())
    }
}

fn read_line(lines: &mut impl BufRead) -> Result<Option<Vec<u8>>, BackupError> {
    let mut line = Vec::new();
    lines.by_ref().take(LINE).read_until(b'\n', &mut line).map_err(|error| torn(&error))?;
    match line.last() {
        None => Ok(None),
        Some(b'\n') => Ok(Some(line)),
        Some(_) => Err(cut_off()),
    }
}

/// The secret keys in a file, as `givr backup keygen` and `age-keygen` write it: comments, and one key per line.
fn identities(path: &Path) -> Result<Vec<Identity>, BackupError> {
    let text = std::fs::read_to_string(path).map_err(|error| BackupError::file(path, &error))?;
    let lines = text.lines().map(str::trim).filter(|line| !line.is_empty() && !line.starts_with('#'));
    let none = || BackupError::NoIdentity(PathBuf::from(path));
    // What does not parse is not shown: it may be most of a key.
    let keys: Vec<Identity> = lines.map(|line| line.parse().map_err(|_| none())).collect::<Result<_, _>>()?;
    if keys.is_empty() { Err(none()) } else { Ok(keys) }
}

fn unreadable(error: DecryptError) -> BackupError {
    match error {
        DecryptError::NoMatchingKeys => BackupError::WrongIdentity,
        DecryptError::InvalidHeader | DecryptError::UnknownFormat | DecryptError::ExcessiveWork { .. } => {
            BackupError::NotABackup("it is no age file for a key".to_owned())
        }
        DecryptError::InvalidMac | DecryptError::DecryptionFailed | DecryptError::KeyDecryptionFailed => {
            garbled("its head was changed")
        }
        // A file that ends within its head.
        DecryptError::Io(error) => torn(&error),
        // The library's own list may grow.
        _ => garbled("its head cannot be read"),
    }
}

/// The file's pieces are authenticated one by one: a changed one, a missing one and a missing end all show here.
fn torn(error: &io::Error) -> BackupError {
    BackupError::Damaged(format!("it was cut off or changed ({error})"))
}

fn cut_off() -> BackupError {
    BackupError::Damaged("it ends too early".to_owned())
}

fn garbled(what: &str) -> BackupError {
    BackupError::Damaged(what.to_owned())
}
