"""From files to temporary tables: one pass, bounded memory, every value parsed, refused rows kept aside as `bad`."""

import contextlib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

from sqlalchemy import text
from sqlalchemy.orm import Session

from services.journeys.importing.faults import FaultBook
from services.journeys.importing.files import Column, File
from services.journeys.importing.reading import CsvFile
from services.journeys.importing.values import Bad, shown

BLOCK = 4000
Progress = Callable[[str, int, int], None]
"""What is being done, how much of it is done, how much there is (bytes while reading, steps after)."""


@dataclass
class Staged:
    """What stands in the temporary tables: rows a file, the columns each header named, files that lost rows."""

    rows: dict[str, int] = field(default_factory=dict)
    present: dict[str, frozenset[str]] = field(default_factory=dict)
    broken: set[str] = field(default_factory=set)


def stage_folder(
    session: Session, folder: Path, files: Sequence[File], faults: FaultBook, progress: Progress
) -> Staged:
    """Read every file of the folder into its temporary table."""
    staged = Staged()
    _check_names(folder, files, faults, staged)
    there = [spec for spec in files if (folder / f"{spec.name}.csv").is_file()]
    total = sum((folder / f"{spec.name}.csv").stat().st_size for spec in there)
    before = 0
    for spec in files:
        _create(session, spec)
        if spec in there:
            path = folder / f"{spec.name}.csv"
            _stage_file(session, path, spec, faults, staged, partial(_tell, progress, before, total))
            before += path.stat().st_size
            progress("read", before, total)
        session.execute(text(f"ANALYZE {spec.table}"))
    faults.load()
    return staged


def _tell(progress: Progress, before: int, total: int, read: int) -> None:
    progress("read", before + read, total)


def _check_names(folder: Path, files: Sequence[File], faults: FaultBook, staged: Staged) -> None:
    known = {f"{spec.name}.csv": spec for spec in files}
    if not folder.is_dir():
        faults.add(folder.name, 0, "", "missing_folder", text=str(folder))
        staged.broken.update(spec.name for spec in files)
        return
    for path in sorted(folder.iterdir()):
        if path.name not in known and not path.name.startswith("."):
            faults.add(path.name, 0, "", "unknown_file", choices=", ".join(known))
    for name, spec in known.items():
        if spec.required and not (folder / name).is_file():
            faults.add(name, 0, "", "missing_file")
            staged.broken.add(spec.name)


def _create(session: Session, spec: File) -> None:
    columns = ", ".join(f"{name} {kind}" for name, kind in spec.staged)
    session.execute(text(f"CREATE TEMP TABLE {spec.table} (line integer, bad boolean, {columns}) ON COMMIT DROP"))


def _stage_file(
    session: Session, path: Path, spec: File, faults: FaultBook, staged: Staged, tell: Callable[[int], None]
) -> None:
    def note(line: int, name: str, code: str, params: dict[str, Any]) -> None:
        faults.add(path.name, line, name, code, **params)

    with CsvFile(path, spec, note) as source:
        if source.read_header():
            staged.present[spec.name] = frozenset(source.header)
            staged.rows[spec.name] = _copy(session, spec, source, note, tell)
        if source.broken:
            staged.broken.add(spec.name)


Note = Callable[[int, str, str, dict[str, Any]], None]


def _copy(session: Session, spec: File, source: CsvFile, note: Note, tell: Callable[[int], None]) -> int:
    raw: Any = session.connection().connection.driver_connection
    names = ", ".join(["line", "bad", *(name for name, _ in spec.staged)])
    count = 0
    with raw.cursor() as cursor, cursor.copy(f"COPY {spec.table} ({names}) FROM STDIN") as copy:
        for block in _blocks(_lines(spec, source, note)):
            copy.write("".join(block))
            count += len(block)
            tell(source.bytes_read)
    return count


def _blocks(lines: Iterator[str]) -> Iterator[list[str]]:
    block: list[str] = []
    for line in lines:
        block.append(line)
        if len(block) >= BLOCK:
            yield block
            block = []
    if block:
        yield block


def _lines(spec: File, source: CsvFile, note: Note) -> Iterator[str]:
    """Yield each row as a line of COPY's text format."""
    header = source.header
    plan = [(header.index(column.name) if column.name in header else None, column) for column in spec.columns]
    width = len(header)
    for line, fields in source.rows():
        bad = False
        if len(fields) != width:
            note(line, "", "wrong_field_count", {"found": len(fields), "expected": width})
            bad = True
        values: list[str] = []
        for place, column in plan:
            given = "" if place is None or place >= len(fields) else fields[place].strip()
            if given and column.beside:
                given = f"{fields[header.index(column.beside)].strip()}\t{given}"
            try:
                for value in _parse(column, given):
                    values.append("\\N" if value is None else value.replace("\\", "\\\\") if "\\" in value else value)
            except Bad as why:
                if not bad or len(fields) == width:
                    note(line, column.name, why.code, why.params)
                bad = True
                values.extend(_kept(column, given))
        yield f"{line}\t{'t' if bad else 'f'}\t" + "\t".join(values) + "\n"


def _parse(column: Column, given: str) -> Sequence[str | None]:
    if given:
        return column.parse(given)
    if column.required:
        raise Bad("missing_value")
    if column.default:
        return column.parse(column.default)
    return (None,) * len(column.places)


def _kept(column: Column, given: str) -> list[str]:
    """Return what stands in for a refused value: the key as it was written, so that no other row is blamed for it."""
    if not column.kept or not given:
        return ["\\N"] * len(column.places)
    with contextlib.suppress(UnicodeEncodeError):
        given.encode()
        if given.isprintable():
            return [given.replace("\\", "\\\\")]
    return [shown(given).replace("\\", "\\\\")]
