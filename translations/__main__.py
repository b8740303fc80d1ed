"""`python -m translations update|check`: keep the catalogues in step with the sentences in code and templates.

`update` extracts every msgid and merges it into each catalogue; `check` changes nothing and fails on a missing or stale
msgid, an untranslated or fuzzy one, and on placeholders that differ from the English sentence.
"""

import re
import sys
from collections.abc import Iterator
from pathlib import Path

from babel.messages.catalog import Catalog
from babel.messages.extract import extract_from_dir
from babel.messages.pofile import read_po, write_po

ROOT = Path(__file__).resolve().parent.parent
CATALOGUES = ROOT / "translations"
DOORS = (
    "backends", "callcenter", "cli", "kernel", "notifications", "portal", "services", "webhooks", "webkit", "wiring",
    "workers",
)  # fmt: skip
METHODS = [("**.py", "python"), ("**/templates/**.html", "jinja2")]
KEYWORDS = {
    "_": None,
    "N_": None,
    "gettext": None,
    "ngettext": (1, 2),
    "translate": ((2,)),
    "ntranslate": (2, 3),
}
OPTIONS = {"**/templates/**.html": {"trimmed": "true", "silent": "false"}}
PLACEHOLDER = re.compile(r"%\((\w+)\)[#0\- +]*\d*(?:\.\d+)?[sdif]|%%")


def extract() -> Catalog:
    """Return a catalogue of every sentence, with where it stands."""
    catalogue = Catalog(project="Lightline", charset="utf-8", fuzzy=False)
    for door in DOORS:
        if not (ROOT / door).is_dir():
            continue
        for name, line, message, comments, _context in extract_from_dir(
            ROOT / door, method_map=METHODS, options_map=OPTIONS, keywords=KEYWORDS, comment_tags=("i18n:",)
        ):
            catalogue.add(message, None, [(f"{door}/{name}", line)], auto_comments=comments)
    return catalogue


def catalogues() -> Iterator[tuple[Path, Catalog]]:
    for path in sorted(CATALOGUES.glob("*/LC_MESSAGES/messages.po")):
        with path.open("rb") as source:
            yield path, read_po(source, locale=path.parent.parent.name)


def update() -> int:
    template = extract()
    for path, catalogue in catalogues():
        catalogue.update(template, no_fuzzy_matching=True, update_header_comment=False)
        catalogue.obsolete.clear()
        with path.open("wb") as target:
            write_po(target, catalogue, sort_output=True, no_location=True, width=120, omit_header=False)
        missing = sum(1 for message in catalogue if message.id and not _translated(message.string))
        print(f"{path.relative_to(ROOT)}: {len(catalogue)} sentences, {missing} to translate")
    return 0


def _translated(string: object) -> bool:
    parts = string if isinstance(string, (tuple, list)) else (string,)
    return all(isinstance(part, str) and part.strip() for part in parts)


def _forms(value: object) -> tuple[str, ...]:
    return tuple(value) if isinstance(value, (tuple, list)) else (str(value),)


def faults(template: Catalog, catalogue: Catalog) -> Iterator[str]:
    """Yield what is wrong with one catalogue."""
    wanted = {message.id: message for message in template if message.id}
    have = {message.id: message for message in catalogue if message.id}
    for msgid in wanted.keys() - have.keys():
        yield f"missing: {msgid!r}"
    for msgid in have.keys() - wanted.keys():
        yield f"stale: {msgid!r}"
    for msgid in wanted.keys() & have.keys():
        message = have[msgid]
        if message.fuzzy or not _translated(message.string):
            yield f"not translated: {msgid!r}"
            continue
        allowed = {name for form in _forms(msgid) for name in PLACEHOLDER.findall(form)}
        required = set.intersection(*({*PLACEHOLDER.findall(form)} for form in _forms(msgid)))
        for form in _forms(message.string):
            used = set(PLACEHOLDER.findall(form))
            if used - allowed or required - used - {"num"}:
                yield f"placeholders differ: {msgid!r} -> {form!r}"


def check() -> int:
    template = extract()
    wrong = [(path, fault) for path, catalogue in catalogues() for fault in faults(template, catalogue)]
    for path, fault in sorted(wrong, key=str):
        print(f"{path.relative_to(ROOT)}: {fault}")
    print(f"{len([m for m in template if m.id])} sentences, {len(wrong)} faults")
    return 1 if wrong else 0


if __name__ == "__main__":
    actions = {"update": update, "check": check}
    if len(sys.argv) != 2 or sys.argv[1] not in actions:
        sys.exit("usage: python -m translations update|check")
    sys.exit(actions[sys.argv[1]]())
