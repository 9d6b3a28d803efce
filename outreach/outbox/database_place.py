"""Tells whether a folder is a good place for an SQLite database: not where another program keeps files in step, and
not on another machine's disk.

A program that keeps folders in step copies the three files of a database one by one, at moments of its own: what
arrives elsewhere may be damaged, or an older state comes back. On a network disk the locks that SQLite lives by often
do not hold (https://sqlite.org/useovernet.html).
"""

import os
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path, PurePath

import psutil


@dataclass(frozen=True, slots=True)
class Service:
    """A program that keeps folders in step, and what its folders are known by."""

    name: str
    folders: str
    """A pattern that the whole name of one of the folders above matches, whatever its case."""
    markers: tuple[str, ...] = ()
    """Files that it leaves in its topmost folder; `*` stands for anything."""
    variables: tuple[str, ...] = field(default=())
    """Variables of the environment that name its topmost folder."""


SERVICES = (
    Service(
        "OneDrive",
        r"onedrive([ -].+)?",
        (".849C9593-D756-4E56-8D6E-42412F2A707B",),
        ("OneDrive", "OneDriveConsumer", "OneDriveCommercial"),
    ),
    Service("Dropbox", r"dropbox( \(.+\)|-.+)?", (".dropbox.cache",)),
    Service("iCloud Drive", r"icloud ?drive|mobile documents|com~apple~clouddocs|icloud~.+"),
    Service("Google Drive", r"google ?drive([ -].+)?|my drive|drivefs", (".tmp.drivedownload", ".tmp.driveupload")),
    Service("Syncthing", r"syncthing", (".stfolder", ".stignore")),
    Service("Nextcloud", r"nextcloud\d*", (".nextcloudsync.log", "._sync_*.db", ".sync_*.db")),
    Service("ownCloud", r"owncloud\d*", (".owncloudsync.log",)),
    Service("Box", r"box sync|box-box|box drive"),
    Service("MEGA", r"megasync|mega", (".megaignore",)),
    Service("pCloud", r"pcloud ?(drive|sync)"),
    Service("Proton Drive", r"proton ?drive([ -].+)?"),
    Service("a cloud's folder", r"cloudstorage"),
)
"""The first that matches is told; the last is where macOS puts whatever it knows no better name for."""

NETWORK = {
    "nfs": "NFS", "nfs4": "NFS", "cifs": "a Windows share", "smb3": "a Windows share", "smbfs": "a Windows share",
    "fuse.sshfs": "another machine (sshfs)", "sshfs": "another machine (sshfs)", "9p": "another machine (9p)",
    "afs": "AFS", "afpfs": "a Mac's share", "ncpfs": "a NetWare share", "webdav": "WebDAV", "davfs": "WebDAV",
    "fuse.davfs": "WebDAV", "davfs2": "WebDAV", "fuse.rclone": "a cloud (rclone)", "ceph": "Ceph",
    "fuse.glusterfs": "GlusterFS", "glusterfs": "GlusterFS", "fuse.gvfsd-fuse": "another machine (gvfs)",
    "fuse.google-drive-ocamlfuse": "Google Drive", "fuse.onedriver": "OneDrive", "vboxsf": "the host (VirtualBox)",
    "prl_fs": "the host (Parallels)", "fuse.vmhgfs-fuse": "the host (VMware)",
}  # fmt: skip
"""Kinds of file system that lie on another machine, as the system names them, in words."""


@dataclass(frozen=True, slots=True)
class Mount:
    """A disk, or what stands for one: where it begins, of what kind it is, and its options."""

    at: str
    kind: str
    options: str = ""


def mounts() -> list[Mount]:
    """Return what is mounted on this machine; nothing where that can't be told."""
    try:
        return [Mount(one.mountpoint, one.fstype, one.opts) for one in psutil.disk_partitions(all=True)]
    except (OSError, RuntimeError):
        return []


def why_unsafe(
    folder: PurePath,
    environ: Mapping[str, str],
    mounted: Sequence[Mount],
    names: Callable[[PurePath], Sequence[str]] | None = None,
) -> str:
    """Say why a folder (an absolute path) is no place for a database, in a sentence; empty if nothing is against it.

    `names` lists what lies in a folder; it is asked for the marks that such programs leave.
    """
    if words := _network(folder, mounted):
        return f"{folder} lies on {words}."
    if name := _kept_in_step(folder, environ, names or _names):
        return f"{folder} is synced with other computers by {name}."
    return ""


def _network(folder: PurePath, mounted: Sequence[Mount]) -> str:
    if str(folder).startswith(("\\\\", "//")):
        return "another machine's disk"
    above = [one for one in mounted if one.at and _is_below(folder, one.at)]
    if not above:
        return ""
    # Of several at one place the last one mounted is seen.
    nearest = max(enumerate(above), key=lambda pair: (len(pair[1].at.rstrip("/\\")), pair[0]))[1]
    if "remote" in nearest.options.split(","):  # Windows
        return "another machine's disk"
    return NETWORK.get(nearest.kind.lower(), "")


def _is_below(folder: PurePath, top: str) -> bool:
    return folder.is_relative_to(type(folder)(top))


def _kept_in_step(folder: PurePath, environ: Mapping[str, str], names: Callable[[PurePath], Sequence[str]]) -> str:
    above = (folder, *folder.parents)
    held = [[name.casefold() for name in names(one)] for one in above]
    for service in SERVICES:
        tops = [environ[name] for name in service.variables if environ.get(name)]
        if (
            any(re.fullmatch(service.folders, one.name, re.IGNORECASE) for one in above)
            or any(_is_below(folder, top) for top in tops)
            or any(_left_by(service, there) for there in held)
        ):
            return service.name
    return ""


def _left_by(service: Service, there: Sequence[str]) -> bool:
    return any(
        re.fullmatch(re.escape(marker.casefold()).replace(r"\*", ".*"), name)
        for marker in service.markers
        for name in there
        if name.startswith(".")
    )


def _names(folder: PurePath) -> Sequence[str]:
    try:
        return [one.name for one in os.scandir(Path(folder))]
    except OSError:
        return []
