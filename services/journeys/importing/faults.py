"""Every fault of a run, in bounded memory: spooled while files are read, then sorted by the database, then told."""

import json
import tempfile
from collections.abc import Iterator, Sequence

from sqlalchemy import text
from sqlalchemy.orm import Session

from kernel.db import copy_rows
from kernel.faults import Fault, RowError
from kernel.i18n import N_
from services.journeys.importing.sentences import SENTENCES

_IN_MEMORY = 8 * 1024 * 1024


class Refused(Fault):
    """The folder is refused and nothing was changed. `errors` gives every fault, by file, line and column."""

    code = "import_refused"
    message = N_("Nothing was imported: %(count)s faults.")

    def __init__(self, errors: "Told"):
        super().__init__(count=len(errors))
        self.errors = errors


class Told:
    """Faults in order, kept on disk when they are many; may be gone through again and again."""

    def __init__(self) -> None:
        self._file = tempfile.SpooledTemporaryFile(_IN_MEMORY, mode="w+", encoding="utf-8")  # noqa: SIM115
        self._count = 0

    def add(self, file: str, line: int, field: str, code: str, params: dict[str, object]) -> None:
        self._file.write(json.dumps([file, line, field, code, params], ensure_ascii=True) + "\n")
        self._count += 1

    def __len__(self) -> int:
        return self._count

    def __iter__(self) -> Iterator[RowError]:
        self._file.seek(0)
        for row in self._file:
            file, line, field, code, params = json.loads(row)
            yield RowError(file, line, field, code, SENTENCES[code], params)


class FaultBook:
    """Faults as they are found. Reading writes them to a spool: while COPY runs, its connection can do nothing else."""

    def __init__(self, session: Session):
        self._session = session
        self._spool = Told()
        session.execute(
            text("""
                CREATE TEMP TABLE import_fault (file text NOT NULL, line integer NOT NULL, field text NOT NULL,
                    code text NOT NULL, params jsonb NOT NULL) ON COMMIT DROP
            """)
        )

    def add(self, file: str, line: int, field: str, code: str, **params: object) -> None:
        self._spool.add(file, line, field, code, params)

    def load(self) -> None:
        """Bring what reading found to the faults that the database finds."""
        copy_rows(
            self._session,
            "import_fault",
            ("file", "line", "field", "code", "params"),
            ((e.file, e.line, e.field, e.code, json.dumps(e.params)) for e in self._spool),
        )
        self._spool = Told()

    def ask(self, file: str, field: str, code: str, query: str) -> bool:
        """Note a fault for every row (line, params) that the query returns; says whether there was one."""
        result = self._session.execute(
            text(
                "INSERT INTO import_fault SELECT :fault_file, q.line, :fault_field, :fault_code,"
                f" COALESCE(q.params, '{{}}') FROM ({query}) q(line, params)"
            ),
            {"fault_file": f"{file}.csv", "fault_field": field, "fault_code": code},
        )
        return bool(getattr(result, "rowcount", 0))

    def told(self, files: Sequence[str], columns: Sequence[str]) -> Told:
        """Return all faults in the order in which a person would mend them."""
        told = Told()
        rows = self._session.execute(
            text("""
                SELECT DISTINCT ON (place, f.file, f.line, column_place, f.field, f.code) f.*,
                    COALESCE(array_position(CAST(:files AS text[]), f.file), 0) AS place,
                    COALESCE(array_position(CAST(:columns AS text[]), f.file || ':' || f.field), 0) AS column_place
                FROM import_fault f ORDER BY place, f.file, f.line, column_place, f.field, f.code
            """),
            {"files": [f"{name}.csv" for name in files], "columns": list(columns)},
            execution_options={"yield_per": 5000},
        )
        for row in rows:
            told.add(row.file, row.line, row.field, row.code, row.params)
        return told
