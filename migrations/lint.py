"""`python -m migrations.lint`: every migration as SQL through squawk, which knows the dangerous locks.

The first migration makes empty tables, so its rules about locking existing rows do not apply to it.
"""

import contextlib
import io
import subprocess
import sys
import tempfile
from pathlib import Path

from alembic import command
from alembic.script import ScriptDirectory

from migrations.run import configuration

# Text and bigint everywhere are our habit; NOT VALID and CONCURRENTLY are asked for from the second migration on.
EXCLUDED = ("prefer-robust-stmts", "require-timeout-settings")
FIRST = "0001"


def sql_of(revision: str, before: str) -> str:
    """Return a migration as the SQL it runs."""
    config = configuration("")
    output = io.StringIO()
    config.output_buffer = output
    with contextlib.redirect_stderr(io.StringIO()):
        command.upgrade(config, f"{before}:{revision}", sql=True)
    return output.getvalue()


def main() -> int:
    script = ScriptDirectory.from_config(configuration(""))
    heads = script.get_heads()
    if len(heads) != 1:
        print(f"there must be one head, there are {len(heads)}: {', '.join(heads)}")
        return 1
    with tempfile.TemporaryDirectory() as folder:
        for revision in script.walk_revisions():
            if revision.revision == FIRST:
                continue
            path = Path(folder) / f"{revision.revision}.sql"
            path.write_text(sql_of(revision.revision, str(revision.down_revision)))
        files = sorted(str(path) for path in Path(folder).glob("*.sql"))
        sql_of(FIRST, "base")
        if not files:
            print("one migration, of empty tables: nothing to lock")
            return 0
        squawk = Path(sys.executable).parent / "squawk"
        return subprocess.run(
            [str(squawk), *(f"--exclude={rule}" for rule in EXCLUDED), *files], check=False
        ).returncode


if __name__ == "__main__":
    sys.exit(main())
