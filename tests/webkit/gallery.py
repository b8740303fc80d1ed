"""Every macro on one page, to be looked at and to be measured: `python -m tests.webkit.gallery portal 5811`."""

import sys
from pathlib import Path

from flask import Flask, render_template

from webkit.app import make_app
from webkit.door import WebSettings
from webkit.signin import public

SETTINGS = WebSettings(
    secret_key="k" * 32,
    public_url="http://localhost",
    utility_name={"en": "Qingshui Power", "zh-CN": "清水县供电公司"},
    service_phone="95598",
    service_hours={"en": "day and night", "zh-CN": "全天"},
    zone="Asia/Shanghai",
    currency="CNY",
)


def gallery_app(door: str = "portal", **settings: object) -> Flask:
    """Return a door with the gallery at /gallery."""
    values = {**SETTINGS.__dict__, **settings}
    app = make_app(door, import_name=__name__, settings=WebSettings(**values), checks={})
    app.jinja_loader.searchpath.insert(0, str(Path(__file__).parent))  # type: ignore[union-attr]

    @app.get("/gallery")
    @public
    def gallery() -> str:
        return render_template("gallery_console.html" if door == "console" else "gallery.html")

    return app


if __name__ == "__main__":
    gallery_app(sys.argv[1] if len(sys.argv) > 1 else "portal").run("127.0.0.1", int(sys.argv[2]))
