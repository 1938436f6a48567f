//! Writing a backup, while the shop goes on: all tables out of one view of the database, one row after the other.

use crate::backup::{BackupError, FORMAT, Heading, Manifest, Sum, word};
use crate::vault;
use age::x25519::Recipient;
use flate2::Compression;
use flate2::write::GzEncoder;
use jiff::Timestamp;
use secrecy::SecretString;
use serde::Serialize;
use sha2::{Digest, Sha256};
use std::collections::BTreeMap;
use std::fs::File;
use std::io::{self, BufWriter, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};
use store::copies::{self, TABLES};
use store::{LATEST_SCHEMA, SchemaState, Snapshot, Store, freezes, marks};

/// Makes a backup of a database into a new file. The file has its name only once it is complete and on the disk.
///
/// # Errors
/// [`BackupError`]: there is no file of that name that was not there before.
pub async fn write(
    store: &Store,
    to: &Path,
    recipient: &Recipient,
    secret: &SecretString,
    now: Timestamp,
) -> Result<(Manifest, Sum), BackupError> {
    let failed = |error: io::Error| BackupError::file(to, &error);
    if to.exists() {
        return Err(BackupError::Exists(to.to_owned()));
    }
    let part = Part::create(to)?;
    let file = part.file.try_clone().map_err(failed)?;
    let encryptor = age::Encryptor::with_recipients(std::iter::once(recipient as &dyn age::Recipient));
    let encryptor = encryptor.map_err(|error| BackupError::file(to, &error))?;
    let sealed = encryptor.wrap_output(BufWriter::new(file)).map_err(failed)?;
    let mut lines = Lines { out: GzEncoder::new(sealed, Compression::default()), sum: Sha256::new(), path: to };
    let manifest = write_tables(store, &mut lines, now).await?;
    let digest = lines.sum.clone().finalize();
    let sum = Sum { sha256: hex::encode(digest), seal: vault::backup_seal(secret, &digest) };
    lines.add(&Heading::End(sum.clone()))?;
    let sealed = lines.out.finish().map_err(failed)?;
    sealed.finish().and_then(|mut file| file.flush()).map_err(failed)?;
    part.keep(to).map_err(failed)?;
    Ok((manifest, sum))
}

async fn write_tables(
    store: &Store,
    lines: &mut Lines<'_, impl Write>,
    now: Timestamp,
) -> Result<Manifest, BackupError> {
    match store.schema().await? {
        SchemaState::Current => {}
        SchemaState::Behind { at: 0 } => return Err(BackupError::NoInstallation("nothing is in it")),
        SchemaState::Behind { at } => return Err(BackupError::Older { at }),
    }
    let mut db = store.snapshot().await?;
    let manifest = manifest(store, &mut db, now).await?;
    lines.add(&Heading::Manifest(manifest.clone()))?;
    for table in TABLES {
        let columns = copies::columns(&mut db, store.engine(), table).await?;
        let names = columns.iter().map(|column| column.name.clone()).collect();
        lines.add(&Heading::Table { name: table.to_owned(), columns: names })?;
        copies::each_row(&mut db, table, &columns, |row| lines.add(&row)).await?;
    }
    Ok(manifest)
}

async fn manifest(store: &Store, db: &mut Snapshot, now: Timestamp) -> Result<Manifest, BackupError> {
    // The first statement fixes the view on SQLite; from here on nothing of what is read changes.
    let installation = marks::find_installation(db).await?;
    let installation = installation.ok_or(BackupError::NoInstallation("nobody has begun one here"))?;
    let mut rows = BTreeMap::new();
    for table in TABLES {
        rows.insert(table.to_owned(), copies::count(db, table).await?);
    }
    Ok(Manifest {
        format: FORMAT,
        release: env!("CARGO_PKG_VERSION").to_owned(),
        installation: installation.id,
        prefix: installation.prefix,
        epoch: freezes::standing(db).await?.epoch,
        schema: LATEST_SCHEMA,
        engine: word(store.engine()).to_owned(),
        at: now,
        rows,
    })
}

/// Lines on their way into the file, and the sum over them.
struct Lines<'a, W: Write> {
    out: GzEncoder<W>,
    sum: Sha256,
    path: &'a Path,
}

impl<W: Write> Lines<'_, W> {
    fn add(&mut self, line: &impl Serialize) -> Result<(), BackupError> {
        let mut text = serde_json::to_vec(line).map_err(|error| BackupError::file(self.path, &error))?;
        text.push(b'\n');
        self.sum.update(&text);
        self.out.write_all(&text).map_err(|error| BackupError::file(self.path, &error))
    }
}

/// A file that is not complete yet, beside the place where it will be. It goes away unless it is kept.
struct Part {
    path: PathBuf,
    file: File,
}

impl Part {
    fn create(to: &Path) -> Result<Self, BackupError> {
        let mut name = to.as_os_str().to_owned();
        name.push(".part");
        let path = PathBuf::from(name);
        let file = File::options().write(true).create_new(true).mode(0o600).open(&path);
        match file {
            Ok(file) => Ok(Self { path, file }),
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => Err(BackupError::Exists(path)),
            Err(error) => Err(BackupError::file(&path, &error)),
        }
    }

    /// A backup counts once a power cut cannot take it away. A link refuses a name that was taken meanwhile; a renaming would not.
    fn keep(&self, to: &Path) -> io::Result<()> {
        self.file.sync_all()?;
        std::fs::hard_link(&self.path, to)?;
        let folder = to.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
        File::open(folder)?.sync_all()
    }
}

impl Drop for Part {
    fn drop(&mut self) {
        let _ = std::fs::remove_file(&self.path);
    }
}
