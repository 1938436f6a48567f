//! Where a run keeps its files: a folder, and in it a disk of its own that can be filled.

use anyhow::Context;
use std::fs::{self, File};
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

/// Files of a run. Gone when dropped, unless somebody wants to look at them.
#[derive(Debug)]
pub(crate) struct Place {
    /// Settings, logs, mail.
    pub(crate) folder: PathBuf,
    /// The database's own disk, or a folder where none can be mounted.
    pub(crate) disk: PathBuf,
    /// Whether it is a disk of its own.
    pub(crate) mounted: bool,
    watchdog: Child,
}

impl Place {
    /// Makes the folder and mounts the disk, of `disk_mib`.
    ///
    /// # Errors
    /// The folder cannot be made.
    pub(crate) fn make(disk_mib: u32) -> anyhow::Result<Self> {
        let folder = tempfile::Builder::new().prefix("givr-box-").tempdir().context("a folder")?.keep();
        let disk = folder.join("disk");
        fs::create_dir(&disk)?;
        let mut mount = Command::new("mount");
        mount.args(["-t", "tmpfs", "-o", &format!("size={disk_mib}m"), "tmpfs"]).arg(&disk).stderr(Stdio::null());
        let mounted = mount.status().is_ok_and(|status| status.success());
        // It reads from a pipe that ends with this process, however that ends.
        let script = "cat >/dev/null; p=disk/data/postmaster.pid; [ ! -e $p ] || kill -QUIT $(head -n 1 $p); sleep 0.5
            [ ! -e keep ] || cp -a disk database
            umount disk 2>/dev/null || umount -l disk 2>/dev/null; [ -e keep ] || rm -rf \"$PWD\"";
        let mut watchdog = Command::new("sh");
        watchdog.args(["-c", script]).current_dir(&folder).stdin(Stdio::piped()).stderr(Stdio::null());
        let watchdog = watchdog.spawn().context("a shell")?;
        Ok(Self { folder, disk, mounted, watchdog })
    }

    /// Leaves the folder where it is, for whoever wants to know what happened.
    ///
    /// # Errors
    /// The disk is full.
    pub(crate) fn keep(&self) -> anyhow::Result<&Path> {
        fs::write(self.folder.join("keep"), "")?;
        Ok(&self.folder)
    }

    /// Fills the disk to the last byte, also what was freed since it was last filled.
    pub(crate) fn fill(&self) {
        let ballast = File::options().create(true).append(true).open(self.ballast());
        let Ok(mut ballast) = ballast else { return };
        for piece in [64 * 1024, 512, 1] {
            while ballast.write_all(&vec![0; piece]).is_ok() {}
        }
    }

    /// Takes the ballast away.
    pub(crate) fn empty(&self) {
        // It may never have been made.
        let _ = fs::remove_file(self.ballast());
    }

    fn ballast(&self) -> PathBuf {
        self.disk.join("ballast")
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        drop(self.watchdog.stdin.take());
        // It ends by itself if it cannot be waited for.
        let _ = self.watchdog.wait();
    }
}
