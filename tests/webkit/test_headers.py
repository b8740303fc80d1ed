"""What every answer carries, and what a page may not contain."""

import gzip
import hashlib
import json
import re
from html.parser import HTMLParser

import pytest
from flask.testing import FlaskClient
from werkzeug.middleware.dispatcher import DispatcherMiddleware

from tests.webkit.gallery import gallery_app
from webkit.assets import FOLDER, load
from webkit.signin import public


@pytest.fixture
def client() -> FlaskClient:
    return gallery_app().test_client()


class Page(HTMLParser):
    def __init__(self, text: str):
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))


def test_every_answer_carries_the_security_headers(client: FlaskClient) -> None:
    for path in ("/gallery", "/nowhere", "/healthz"):
        headers = client.get(path).headers
        assert headers["X-Content-Type-Options"] == "nosniff"
        assert headers["Referrer-Policy"] == "same-origin"
        assert headers["Cross-Origin-Opener-Policy"] == "same-origin"
        assert "frame-ancestors 'none'" in headers["Content-Security-Policy"]
        assert "geolocation=()" in headers["Permissions-Policy"]


def test_the_nonce_is_new_each_time_and_on_every_script(client: FlaskClient) -> None:
    answers = [client.get("/gallery") for _ in range(2)]
    nonces = [re.search(r"nonce-([\w-]+)", a.headers["Content-Security-Policy"])[1] for a in answers]  # type: ignore[index]
    assert nonces[0] != nonces[1]
    scripts = [attrs for tag, attrs in Page(answers[0].get_data(as_text=True)).tags if tag == "script"]
    assert scripts
    assert all(attrs["nonce"] == nonces[0] and attrs.get("src") for attrs in scripts)


@pytest.mark.parametrize("door", ["portal", "console"])
def test_no_page_has_inline_style_or_inline_script(door: str) -> None:
    page = Page(gallery_app(door).test_client().get("/gallery").get_data(as_text=True))
    assert not [tag for tag, _ in page.tags if tag == "style"]
    for tag, attrs in page.tags:
        assert "style" not in attrs, tag
        assert not [name for name in attrs if name.startswith("on")], tag
        assert not (attrs.get("href") or "").startswith("javascript:")


def test_ids_on_a_page_are_unique_and_labels_lead_to_fields(client: FlaskClient) -> None:
    tags = Page(client.get("/gallery").get_data(as_text=True)).tags
    ids = [attrs["id"] for _, attrs in tags if "id" in attrs]
    assert sorted(ids) == sorted(set(ids))
    for tag, attrs in tags:
        if tag == "label":
            assert attrs["for"] in ids
        for reference in (attrs.get("aria-describedby") or "").split():
            assert reference in ids


def test_hsts_and_secure_cookies_come_with_https() -> None:
    client = gallery_app(public_url="https://power.example").test_client()
    answer = client.get("/gallery", base_url="https://power.example")
    assert answer.headers["Strict-Transport-Security"].startswith("max-age=31536000")
    cookie = answer.headers["Set-Cookie"]
    assert cookie.startswith("__Host-lightline=")
    assert all(word in cookie for word in ("Secure", "HttpOnly", "SameSite=Lax", "Path=/"))
    assert "Strict-Transport-Security" not in gallery_app().test_client().get("/gallery").headers


def test_the_consoles_cookie_has_its_own_name_and_path() -> None:
    cookie = gallery_app("console").test_client().get("/gallery").headers["Set-Cookie"]
    assert cookie.startswith("lightline_console=")
    assert "Path=/console" in cookie
    assert gallery_app("portal").test_client().get("/gallery").headers["Set-Cookie"].startswith("lightline=")


def test_a_form_may_lead_to_the_card_vendor_and_nowhere_else() -> None:
    client = gallery_app(form_targets=("https://checkout.stripe.com",)).test_client()
    policy = client.get("/gallery").headers["Content-Security-Policy"]
    assert "form-action 'self' https://checkout.stripe.com;" in policy


def test_a_sane_request_id_is_kept_and_a_strange_one_replaced(client: FlaskClient) -> None:
    kept = client.get("/gallery", headers={"X-Request-ID": "abc-12345678"})
    assert kept.headers["X-Request-ID"] == "abc-12345678"
    made = client.get("/gallery", headers={"X-Request-ID": "a b <script>"})
    assert re.fullmatch(r"[2-9A-HJKMNP-TV-Z]{12}", made.headers["X-Request-ID"])


def test_assets_are_kept_for_ever_under_their_hash_and_checked_under_another(client: FlaskClient) -> None:
    digest = load()["lightline.css"].digest
    fresh = client.get(f"/assets/{digest}/lightline.css", headers={"Accept-Encoding": "gzip"})
    assert "immutable" in fresh.headers["Cache-Control"]
    assert fresh.headers["Vary"] == "Accept-Encoding"
    assert "Set-Cookie" not in fresh.headers
    assert gzip.decompress(fresh.data) == load()["lightline.css"].body
    stale = client.get("/assets/000000000000/lightline.css")
    assert stale.headers["Cache-Control"] == "no-cache"
    assert stale.data == load()["lightline.css"].body


@pytest.mark.parametrize(
    "path", ["/assets/x/../app.py", "/assets/x/..%2fapp.py", "/assets/x//etc/passwd", "/assets/x/no.css"]
)
def test_nothing_outside_the_asset_folder_is_served(client: FlaskClient, path: str) -> None:
    assert client.get(path, follow_redirects=True).status_code == 404


def test_the_vendored_files_are_those_of_the_manifest() -> None:
    folder = FOLDER / "vendor"
    entries = json.loads((folder / "MANIFEST.json").read_text())["files"]
    assert {entry["file"] for entry in entries} == {p.name for p in folder.iterdir()} - {"MANIFEST.json"}
    for entry in entries:
        assert hashlib.sha512((folder / entry["file"]).read_bytes()).hexdigest() == entry["sha512"]


def test_the_compiled_design_takes_no_font_crown_or_crest() -> None:
    sheet = load()["vendor/govuk-frontend.css"].body.decode()
    assert "GDS Transport" not in sheet
    assert "@font-face" not in sheet
    assert "url(" not in sheet


def test_a_door_mounted_below_the_root_links_to_itself() -> None:
    portal, console = gallery_app("portal"), gallery_app("console")
    portal.wsgi_app = DispatcherMiddleware(portal.wsgi_app, {"/console": console.wsgi_app})  # type: ignore[method-assign]
    client = portal.test_client()
    answer = client.get("/console/gallery?q=wang")
    page = answer.get_data(as_text=True)
    assert 'href="/console/assets/' in page
    assert "next=/console/gallery%3Fq%3Dwang" in page
    assert client.get("/console/language?lang=en&next=/console/gallery").headers["Location"] == "/console/gallery"
    assert client.get("/console/large-type?on=1").headers["Location"] == "/console/"


def test_a_form_sent_from_another_site_is_refused_even_with_a_token() -> None:
    app = gallery_app(public_url="https://power.example")

    @app.post("/form")
    @public
    def form() -> str:
        return "taken"

    client = app.test_client()
    page = client.get("/gallery", base_url="https://power.example").get_data(as_text=True)
    data = {"csrf_token": page.split('name="csrf_token" value="')[1].split('"')[0]}
    statuses = [
        client.post("/form", base_url="https://power.example", data=data, headers={"Referer": referrer}).status_code
        for referrer in ("https://evil.example/", "https://power.example/gallery")
    ]
    assert statuses == [400, 200]
