"""A first visit is light: the page and all it brings, compressed."""

import gzip
import re

from tests.webkit.gallery import gallery_app
from webkit.compression import gzip_bytes

GZIP = {"Accept-Encoding": "gzip, br"}


def test_a_first_visit_with_every_asset_is_under_45_kilobytes() -> None:
    client = gallery_app().test_client()
    answer = client.get("/gallery", headers=GZIP)
    assert answer.headers["Content-Encoding"] == "gzip"
    page = gzip.decompress(answer.data).decode()
    assets = set(re.findall(r'(?:href|src)="(/assets/[^"]+|/manifest[^"]+)"', page))
    weights = {path: len(client.get(path, headers=GZIP).data) for path in assets}
    assert {"lightline.css", "htmx.min.js", "govuk-frontend.css"} <= {path.rsplit("/")[-1] for path in assets}
    assert len(answer.data) + sum(weights.values()) < 45_000, weights


def test_a_page_is_not_compressed_for_a_reader_who_does_not_ask() -> None:
    client = gallery_app().test_client()
    for wish in ("", "br", "gzip;q=0", "identity"):
        answer = client.get("/gallery", headers={"Accept-Encoding": wish})
        assert "Content-Encoding" not in answer.headers
        assert "Accept-Encoding" in answer.headers["Vary"]


def test_the_padding_changes_the_length_and_not_the_content() -> None:
    body = b"to pay 86.42 " * 100
    packed = [gzip_bytes(body, level=5, padding=n) for n in (0, 1, 40)]
    assert [gzip.decompress(one) for one in packed] == [body] * 3
    assert len({len(one) for one in packed}) == 3
