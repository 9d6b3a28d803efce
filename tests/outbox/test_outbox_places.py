"""Which folders are no place for a database: by their names, by marks in them, by the environment, by the mount."""

from collections.abc import Mapping, Sequence
from pathlib import Path, PurePath, PurePosixPath, PureWindowsPath

import pytest

from outreach.outbox.database_place import NETWORK, Mount, mounts, why_unsafe

DISK = [Mount("/", "ext4", "rw")]


def judged(
    folder: str | PurePath, *, environ: Mapping[str, str] | None = None, mounted: Sequence[Mount] = (),
    holds: Mapping[str, Sequence[str]] | None = None,
) -> str:  # fmt: skip
    path = PurePosixPath(folder) if isinstance(folder, str) else folder
    return why_unsafe(path, environ or {}, mounted or DISK, lambda one: (holds or {}).get(str(one), ()))


@pytest.mark.parametrize(
    ("folder", "name"),
    [
        ("/home/ana/OneDrive/campaign", "OneDrive"),
        ("/Users/ana/Library/CloudStorage/OneDrive-Coalition/campaign", "OneDrive"),
        (PureWindowsPath(r"C:\Users\ana\OneDrive - Coalition for Rights\campaign"), "OneDrive"),
        ("/home/ana/Dropbox/campaign", "Dropbox"),
        ("/home/ana/Dropbox (Coalition)/campaign", "Dropbox"),
        (PureWindowsPath(r"D:\dropbox\campaign"), "Dropbox"),
        ("/Users/ana/Library/Mobile Documents/com~apple~CloudDocs/campaign", "iCloud Drive"),
        (PureWindowsPath(r"C:\Users\ana\iCloudDrive\campaign"), "iCloud Drive"),
        ("/Users/ana/Library/CloudStorage/GoogleDrive-ana@coalition.example/My Drive/c", "Google Drive"),
        ("/Users/ana/Google Drive/campaign", "Google Drive"),
        (PureWindowsPath(r"G:\My Drive\campaign"), "Google Drive"),
        ("/home/ana/Nextcloud/campaign", "Nextcloud"),
        ("/home/ana/ownCloud/campaign", "ownCloud"),
        ("/Users/ana/Library/CloudStorage/Other-ana/campaign", "a cloud's folder"),
    ],
)
def test_a_folder_that_is_kept_in_step_is_known_by_its_name(folder: str | PurePath, name: str) -> None:
    assert judged(folder).endswith(f"is synced with other computers by {name}.")


@pytest.mark.parametrize(
    ("top", "mark", "name"),
    [
        ("/srv/shared", ".stfolder", "Syncthing"),
        ("/srv/shared/campaign", ".stignore", "Syncthing"),
        ("/srv", ".dropbox.cache", "Dropbox"),
        ("/srv", "._sync_0a1b2c.db", "Nextcloud"),
        ("/srv", ".sync_0a1b2c.db", "Nextcloud"),
        ("/srv", ".owncloudsync.log", "ownCloud"),
        ("/srv", ".tmp.driveupload", "Google Drive"),
        ("/srv", ".849c9593-d756-4e56-8d6e-42412f2a707b", "OneDrive"),
    ],
)
def test_or_by_a_mark_in_it_or_above(top: str, mark: str, name: str) -> None:
    assert name in judged("/srv/shared/campaign", holds={top: ["letters", mark]})
    assert judged("/srv/other/campaign", holds={"/srv/shared": [mark]}) == ""


def test_or_by_the_environment() -> None:
    folder = PureWindowsPath(r"E:\Coalition\campaign")
    for variable in ("OneDrive", "OneDriveCommercial", "OneDriveConsumer"):
        assert "OneDrive" in judged(folder, environ={variable: r"E:\Coalition"})
        assert judged(folder, environ={variable: r"E:\Other"}) == ""
        assert judged(folder, environ={variable: ""}) == ""


@pytest.mark.parametrize("kind", sorted(NETWORK))
def test_a_network_disk_is_known_by_its_kind(kind: str) -> None:
    mounted = [*DISK, Mount("/mnt/team", kind)]
    assert judged("/mnt/team/campaign", mounted=mounted) == f"/mnt/team/campaign lies on {NETWORK[kind]}."
    assert judged("/mnt/team", mounted=mounted)
    assert judged("/mnt/teams/campaign", mounted=mounted) == ""
    assert judged("/mnt/team/campaign", mounted=[*mounted, Mount("/mnt/team/campaign", "ext4")]) == ""
    assert judged("/mnt/team/campaign", mounted=[*mounted, Mount("/mnt/team", "ext4")]) == ""


def test_a_windows_share_is_known_by_its_letter_or_its_name() -> None:
    share = [Mount("C:\\", "NTFS", "rw,fixed"), Mount("Z:\\", "NTFS", "rw,remote")]
    assert "another machine's disk" in judged(PureWindowsPath("Z:\\campaign"), mounted=share)
    assert judged(PureWindowsPath("C:\\campaign"), mounted=share) == ""
    assert "another machine's disk" in judged(PureWindowsPath(r"\\server\team\campaign"), mounted=share)


@pytest.mark.parametrize(
    "folder",
    ["/", "/home/ana/campaign", "/home/ana/My Drives/x", "/home/ana/megaphone", "/srv/box"],
)
def test_other_folders_are_left_in_peace(folder: str) -> None:
    assert judged(folder) == ""


def test_what_is_mounted_here_can_be_told(tmp_path: Path) -> None:
    assert all(isinstance(one.at, str) for one in mounts())
    assert "Syncthing" not in why_unsafe(tmp_path, {}, [])
    (tmp_path / ".stfolder").mkdir()
    (tmp_path / "campaign").mkdir()
    assert "Syncthing" in why_unsafe(tmp_path / "campaign", {}, [])
