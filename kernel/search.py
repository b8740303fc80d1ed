"""Full-text search that also works for Chinese: every CJK character is a word, a query is a phrase of them.

PostgreSQL's 'simple' configuration then answers "contains" for Chinese and "word begins with" for the rest; a segmenter
would miss two-character names.
"""

import re

_CJK = r"\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff"
_TOKEN = re.compile(rf"[{_CJK}]|[^\W_{_CJK}]+")


def index_text(*parts: str | None) -> str:
    """Return the text to hand to to_tsvector('simple', ...)."""
    return " ".join(token.lower() for part in parts if part for token in _TOKEN.findall(part))


def phrase_query(words: str) -> str:
    """Return a to_tsquery('simple', ...) text: neighbouring CJK characters as a phrase, other words as prefixes, all
    of them required. Empty when nothing can be searched.
    """
    groups: list[str] = []
    for chunk in words.split():
        run: list[str] = []
        for token in _TOKEN.findall(chunk):
            if re.match(rf"[{_CJK}]", token):
                run.append(token)
                continue
            if run:
                groups.append(" <-> ".join(run))
                run = []
            groups.append(f"{token.lower()}:*")
        if run:
            groups.append(" <-> ".join(run))
    return " & ".join(f"({group})" for group in groups)
