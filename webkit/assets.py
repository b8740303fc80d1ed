"""Our stylesheets, scripts and icons: read and compressed once at start, served for ever under their content's hash.

Only names that were read at start exist, so no path can climb out of the folder.
"""

import hashlib
import mimetypes
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from flask import Blueprint, Flask, Response, abort, request

from webkit.compression import accepts_gzip, gzip_bytes
from webkit.guards import public

FOLDER = Path(__file__).parent / "static"
_YEAR = "public, max-age=31536000, immutable"
_TYPES = {".js": "text/javascript", ".webmanifest": "application/manifest+json", ".svg": "image/svg+xml"}
_TEXT = frozenset({".css", ".js", ".svg", ".webmanifest"})

blueprint = Blueprint("assets", __name__)


@dataclass(frozen=True)
class Asset:
    body: bytes
    packed: bytes | None
    mimetype: str
    digest: str


def install(app: Flask) -> None:
    load()
    app.register_blueprint(blueprint)
    app.jinja_env.globals["static_url"] = static_url


@cache
def load() -> dict[str, Asset]:
    """Return every file of the folder by its name relative to it."""
    files = (path for path in FOLDER.rglob("*") if path.suffix in _TEXT or path.suffix == ".png")
    return {path.relative_to(FOLDER).as_posix(): _read(path) for path in sorted(files)}


def _read(path: Path) -> Asset:
    body = path.read_bytes()
    packed = gzip_bytes(body, level=9) if path.suffix in _TEXT else None
    mimetype = _TYPES.get(path.suffix) or mimetypes.guess_type(path.name)[0] or "application/octet-stream"
    return Asset(body, packed, mimetype, hashlib.sha256(body).hexdigest()[:12])


def static_url(name: str) -> str:
    """Return the address of an asset; a name that is not there raises KeyError where the template is written.

    Not built by url_for: a page asks for eight of them, and routing would cost more than the rest of the page.
    """
    return f"{request.script_root}/assets/{load()[name].digest}/{name}"


@blueprint.get("/assets/<digest>/<path:name>")
@public
def asset(digest: str, name: str) -> Response:
    found = load().get(name)
    if found is None:
        abort(404)
    use_gzip = found.packed is not None and accepts_gzip()
    response = Response(found.packed if use_gzip else found.body, mimetype=found.mimetype)
    response.vary.add("Accept-Encoding")
    if use_gzip:
        response.headers["Content-Encoding"] = "gzip"
    # A page of the version before may still ask for its own hash: it gets today's file, but may not keep it.
    response.headers["Cache-Control"] = _YEAR if digest == found.digest else "no-cache"
    response.set_etag(found.digest, weak=use_gzip)
    response.make_conditional(request)
    return response


@blueprint.get("/favicon.ico")
@public
def favicon() -> Response:
    icon = load()["icons/icon-192.png"]
    response = Response(icon.body, mimetype="image/png")
    response.headers["Cache-Control"] = "public, max-age=86400"
    return response
