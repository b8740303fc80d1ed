"""Where the shared templates live, and the manifest that lets a telephone install the portal."""

import json

from flask import Blueprint, Flask, Response, request

from kernel.i18n import current_language
from webkit.assets import static_url
from webkit.door import in_language, webkit
from webkit.guards import public

blueprint = Blueprint("webkit", __name__, template_folder="templates")


def install(app: Flask) -> None:
    app.register_blueprint(blueprint)


@blueprint.get("/manifest.webmanifest")
@public
def manifest() -> Response:
    name = in_language(webkit().settings.utility_name)
    home = request.script_root + "/"
    icons = [_icon(192, "any"), _icon(512, "any"), _icon(512, "maskable")]
    body = {
        "id": home,
        "name": name,
        "short_name": name[:12],
        "start_url": home,
        "scope": home,
        "display": "standalone",
        "lang": current_language(),
        "background_color": "#ffffff",
        "theme_color": "#0a5c63",
        "icons": icons,
    }
    return Response(json.dumps(body, ensure_ascii=False), mimetype="application/manifest+json")


def _icon(size: int, purpose: str) -> dict[str, str]:
    address = static_url(f"icons/icon-{size}.png")
    return {"src": address, "sizes": f"{size}x{size}", "type": "image/png", "purpose": purpose}
