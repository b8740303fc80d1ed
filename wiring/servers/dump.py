"""The whole database as one stream and back: PostgreSQL's own pg_dump, pg_restore and psql, from the wheel.

A dump is one consistent snapshot; restoring is one transaction, so that a database is whole or as it was.
"""

import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path

from wiring.servers.postgres import BINARIES

_PIECE = 1 << 20
# Not pg_restore's own --clean: it takes indexes off partitions one by one, which PostgreSQL refuses.
_MAKE_ROOM = "DROP SCHEMA public CASCADE; CREATE SCHEMA public;"


class DumpTrouble(Exception):
    """The program ended badly; the message is its own."""


def dump(url: str) -> Iterator[bytes]:
    """Yield the database in PostgreSQL's custom format, compressed. Raises DumpTrouble."""
    command = [_program("pg_dump"), "--format=custom", "--compress=gzip:3", "--no-owner", "--no-privileges", url]
    with tempfile.TemporaryFile() as said:
        with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=said) as program:
            assert program.stdout is not None
            while piece := program.stdout.read(_PIECE):
                yield piece
        if program.returncode:
            said.seek(0)
            raise DumpTrouble(said.read().decode(errors="replace").strip())


def restore(url: str, archive: Path, *, replace: bool) -> None:
    """Load an archive into a database, with `replace` in the place of what it holds. Raises DumpTrouble.

    The script is written whole, beside the archive, before its first line is run: psql would take the end of a writer
    that was killed for the end of the script, and commit.
    """
    script = archive.with_name(f"{archive.name}.sql")
    _run("pg_restore", "--no-owner", "--no-privileges", f"--file={script}", str(archive))
    room = ["--command", _MAKE_ROOM] if replace else []
    once = ["--no-psqlrc", "--quiet", "--single-transaction", "--set", "ON_ERROR_STOP=1"]
    _run("psql", *once, "--dbname", url, *room, "--file", str(script))


def _program(name: str) -> str:
    return str(BINARIES / name)


def _run(name: str, *words: str) -> None:
    program = subprocess.run([_program(name), *words], stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, check=False)
    if program.returncode:
        raise DumpTrouble(program.stderr.decode(errors="replace").strip())
