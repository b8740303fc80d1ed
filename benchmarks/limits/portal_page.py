"""The limit of `portal_page`: a Flask view, a Jinja page and one prepared psycopg query that give the same HTML.

`BENCH_DATABASE` names the database, whose table `bench_page` holds the page's figures; `BENCH_TEMPLATE` the template.
"""

import os
import threading
from pathlib import Path

import psycopg
from flask import Flask
from jinja2 import Environment

app = Flask(__name__, static_folder=None)
_template = Environment(autoescape=True).from_string(Path(os.environ["BENCH_TEMPLATE"]).read_text(encoding="utf-8"))
_local = threading.local()


def _connection() -> "psycopg.Connection[tuple[list[str]]]":
    if not hasattr(_local, "connection"):
        _local.connection = psycopg.connect(os.environ["BENCH_DATABASE"], autocommit=True, prepare_threshold=0)
    return _local.connection  # type: ignore[no-any-return]


@app.get("/bills/<number>")
def bill(number: str) -> str:
    row = _connection().execute("SELECT figures FROM bench_page WHERE number = %s", (number,), prepare=True).fetchone()
    assert row is not None
    return _template.render(f=row[0])
