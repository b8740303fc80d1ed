"""YAML read as text with line numbers: no floats, no implicit dates or booleans, no aliases, no key twice.

Every fault goes onto one list, so that a person mends a file in one round.
"""

from dataclasses import dataclass, field
from typing import Any

import yaml

from kernel.faults import RowError
from kernel.i18n import N_

DEPTH = 8


@dataclass
class Sheet:
    """A file being read and what was found wrong with it."""

    file: str
    errors: list[RowError] = field(default_factory=list)

    def fault(self, line: int, field_name: str, code: str, message: str, **params: Any) -> None:
        self.errors.append(RowError(self.file, line, field_name, code, message, params))


@dataclass(frozen=True)
class Mapping:
    """The entries of a mapping with the line of each key; `line` is where the mapping is named."""

    line: int
    name: str
    values: dict[str, yaml.Node]
    lines: dict[str, int]

    def path(self, key: str) -> str:
        return f"{self.name}.{key}" if self.name else key


def line_of(node: yaml.Node) -> int:
    return int(node.start_mark.line) + 1


def compose(text: str, sheet: Sheet) -> yaml.Node | None:
    """Return the document's root node, or None with the fault noted."""
    try:
        if not _is_plain(text, sheet):
            return None
        root = yaml.compose(text, Loader=yaml.BaseLoader)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        line = mark.line + 1 if mark else 1
        sheet.fault(line, "", "bad_yaml", N_("This is not readable as YAML: %(problem)s."), problem=error.problem or "")
        return None
    except yaml.reader.ReaderError as error:
        line = text.count("\n", 0, error.position) + 1
        sheet.fault(line, "", "bad_character", N_("This line holds a character that no text file should hold."))
        return None
    if root is None:
        sheet.fault(1, "", "empty", N_("The file is empty."))
    return root


def _is_plain(text: str, sheet: Sheet) -> bool:
    """Refuse aliases and deep nesting before anything is built from them."""
    depth = 0
    for event in yaml.parse(text, Loader=yaml.BaseLoader):
        if isinstance(event, yaml.CollectionStartEvent):
            depth += 1
        elif isinstance(event, yaml.CollectionEndEvent):
            depth -= 1
        if isinstance(event, yaml.AliasEvent) or depth > DEPTH:
            line = event.start_mark.line + 1 if event.start_mark else 1
            sheet.fault(line, "", "not_plain", N_("A tariff file is plain: no aliases and no deep nesting."))
            return False
    return True


def mapping(node: yaml.Node, name: str, sheet: Sheet) -> Mapping | None:
    """Return the entries of a mapping node; a key that comes twice is a fault where it comes again."""
    if not isinstance(node, yaml.MappingNode):
        sheet.fault(line_of(node), name, "not_a_mapping", N_("Here fields with values are needed, like name: value."))
        return None
    values: dict[str, yaml.Node] = {}
    lines: dict[str, int] = {}
    found = Mapping(line_of(node), name, values, lines)
    for key, value in node.value:
        if not isinstance(key, yaml.ScalarNode):
            sheet.fault(line_of(key), name, "bad_key", N_("A field's name is one word."))
        elif key.value in values:
            sheet.fault(line_of(key), found.path(key.value), "duplicate", N_("This field stands here twice."))
        else:
            values[key.value], lines[key.value] = value, line_of(key)
    return found


def scalar(node: yaml.Node, name: str, sheet: Sheet) -> str | None:
    """Return the text of a scalar node, stripped."""
    if not isinstance(node, yaml.ScalarNode):
        sheet.fault(line_of(node), name, "not_text", N_("Here one value is needed."))
        return None
    return str(node.value).strip()


def sequence(node: yaml.Node, name: str, sheet: Sheet) -> list[tuple[int, str]] | None:
    """Return the texts of a list with their lines."""
    if not isinstance(node, yaml.SequenceNode):
        sheet.fault(line_of(node), name, "not_a_list", N_("Here a list is needed, like [1, 2]."))
        return None
    items = [(line_of(item), scalar(item, name, sheet)) for item in node.value]
    return None if any(text is None for _, text in items) else [(line, text or "") for line, text in items]
