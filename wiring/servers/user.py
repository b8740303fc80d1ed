"""As whom PostgreSQL runs. It refuses root; so root steps down, in the first of three ways that works.

1. An unprivileged user, where that user can reach the binaries and the data.
2. Under a closed folder (a checkout in root's home): a user name space in which root is nobody special.
3. Where name spaces are not allowed (most containers): the unprivileged user with the one right to walk through closed
   folders. The server's socket stays closed to everybody else.

Where none works it says plainly what to do.
"""

import os
import pwd
import shutil
import subprocess
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path


class CannotStepDown(Exception):
    """Nobody but root can reach what PostgreSQL needs; the message says what to do."""


@dataclass(frozen=True)
class RunAs:
    """`uid`/`gid`: whose the folders are (None: ours). `prefix` goes before a command; without one the process changes
    its user itself."""

    uid: int | None = None
    gid: int | None = None
    prefix: tuple[str, ...] = ()

    def own(self, folder: Path) -> None:
        """Make the folder with mode 0700 and give it, with all that is in it, to that user. Raises PermissionError when
        the folder is somebody else's or no real folder: in a shared temporary folder others may have put it there."""
        folder.parent.mkdir(parents=True, exist_ok=True)
        folder.mkdir(exist_ok=True, mode=0o700)
        found = folder.lstat()
        if folder.is_symlink() or found.st_uid not in {os.geteuid(), self.uid, _nobody_uid()}:
            raise PermissionError(f"{folder} belongs to another user")
        folder.chmod(0o700)
        if self.uid is not None and self.gid is not None and found.st_uid != self.uid:
            os.chown(folder, self.uid, self.gid)
            for path in folder.rglob("*"):
                os.chown(path, self.uid, self.gid, follow_symlinks=False)

    def popen_options(self) -> dict[str, object]:
        if self.uid is None or self.prefix:
            return {}
        return {"user": self.uid, "group": self.gid, "extra_groups": []}


def choose(binaries: Path, folder: Path) -> RunAs:
    """Return as whom the server of `folder` runs. Raises CannotStepDown."""
    if os.geteuid() != 0:
        return RunAs()
    for way in _ways(folder):
        if _works(way, [str(binaries / "initdb"), "--version"]) and _reaches(way, folder):
            return way
    raise CannotStepDown(
        f"PostgreSQL refuses to run as root, and no unprivileged user can reach {folder} and {binaries}. "
        "Run lightline as an ordinary user, or move the checkout out of the closed folder, or set DATABASE_URL."
    )


def _ways(folder: Path) -> Iterator[RunAs]:
    """Yield the ways to step down, the plainest first. Changing the user clears the wish to die with the parent, so a
    prefix wishes it anew."""
    user = _unprivileged(folder)
    if user is not None:
        yield user
    unshare, setpriv = shutil.which("unshare"), shutil.which("setpriv")
    if unshare and setpriv:
        yield RunAs(0, 0, (unshare, "--user", "--map-user=1000", "--map-group=1000", setpriv, "--pdeathsig=INT"))
    if setpriv and user is not None:
        yield RunAs(
            user.uid,
            user.gid,
            (
                setpriv, f"--reuid={user.uid}", f"--regid={user.gid}", "--clear-groups", "--pdeathsig=INT",
                "--securebits=+no_setuid_fixup", "--inh-caps=+dac_override", "--ambient-caps=+dac_override",
            ),
        )  # fmt: skip


def _unprivileged(folder: Path) -> RunAs | None:
    """Return the owner the folder has already, else nobody."""
    owner = folder.stat().st_uid if folder.exists() else 0
    try:
        entry = pwd.getpwuid(owner) if owner else pwd.getpwnam("nobody")
    except KeyError:
        return RunAs(owner, owner) if owner else None
    return RunAs(entry.pw_uid, entry.pw_gid)


def _nobody_uid() -> int | None:
    try:
        return pwd.getpwnam("nobody").pw_uid
    except KeyError:
        return None


def _reaches(way: RunAs, folder: Path) -> bool:
    """Say whether the way leads to the folder's parent (the folder itself will be the user's own)."""
    parent = next(path for path in folder.parents if path.exists())
    return _works(way, ["ls", "-d", f"{parent}/."])


def _works(way: RunAs, command: Sequence[str]) -> bool:
    try:
        done = subprocess.run(  # type: ignore[call-overload]
            [*way.prefix, *command],
            cwd="/",
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            timeout=20,
            **way.popen_options(),
        )
    except (OSError, subprocess.SubprocessError):
        return False
    return bool(done.returncode == 0)
