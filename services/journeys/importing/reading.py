"""A CSV file row by row (RFC 4180, UTF-8 with or without a byte order mark), each with the line it starts in."""

import codecs
import csv
import io
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

from services.journeys.importing.files import File

NoteFault = Callable[[int, str, str, dict[str, object]], None]
"""line, field, code and the parts of the sentence."""


class CsvFile:
    """One open file. `broken`: rows may have been lost, so that nobody may be blamed for naming them."""

    def __init__(self, path: Path, spec: File, note: NoteFault):
        self._raw = path.open("rb")
        self._text = io.TextIOWrapper(self._raw, encoding="utf-8-sig", errors="surrogateescape", newline="")
        self._reader = csv.reader(self._text, strict=True)
        self._spec, self._note = spec, note
        self.broken = False
        self.header: list[str] = []

    def __enter__(self) -> "CsvFile":
        return self

    def __exit__(self, *_: object) -> None:
        self._text.close()

    @property
    def bytes_read(self) -> int:
        return self._raw.tell()

    def read_header(self) -> bool:
        """Read and check the first line; False when no row can be understood without it."""
        start = self._raw.peek(4)[:4]
        if start.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
            return self._unusable("", "bad_encoding", {})
        try:
            self.header = [name.strip() for name in next(self._reader, [])]
        except csv.Error:
            return self._unusable("", "bad_csv", {})
        if not any(self.header):
            return self._unusable("", "empty_file", {})
        return self._check_columns(self.header)

    def _unusable(self, field: str, code: str, params: dict[str, object]) -> bool:
        self._note(1, field, code, params)
        self.broken = True
        return False

    def _check_columns(self, header: Sequence[str]) -> bool:
        known = [column.name for column in self._spec.columns]
        for place, name in enumerate(header):
            if name in header[:place]:
                self._note(1, _shown(name), "duplicate_column", {})
            elif name not in known:
                self._note(1, _shown(name), "unknown_column", {"choices": ", ".join(known)})
        missing = [column.name for column in self._spec.columns if column.required and column.name not in header]
        for name in missing:
            self._note(1, name, "missing_column", {})
        self.broken = bool(missing)
        return not missing

    def rows(self) -> Iterator[tuple[int, list[str]]]:
        """Yield (line, fields) of every row that has any; blank lines are passed over."""
        reader = self._reader
        while True:
            line = reader.line_num + 1
            try:
                fields = next(reader)
            except StopIteration:
                return
            except csv.Error:
                self._note(line, "", "bad_csv", {})
                self.broken = True
                continue
            if fields:
                yield line, fields


def _shown(name: str) -> str:
    return name[:40].encode("utf-8", "replace").decode()
