"""Which language a reader gets, large type, and redirects that stay on this site."""

import pytest
from flask.testing import FlaskClient

from tests.webkit.gallery import gallery_app
from webkit.language import preferred, safe_next


@pytest.fixture
def client() -> FlaskClient:
    return gallery_app().test_client()


@pytest.mark.parametrize(
    ("header", "language"),
    [
        ("zh-CN,zh;q=0.9,en;q=0.8", "zh-CN"),
        ("zh", "zh-CN"),
        ("zh-Hans-CN", "zh-CN"),
        ("en-GB,en;q=0.9", "en"),
        ("fr;q=0.9, en;q=0.3, zh;q=0.2", "en"),
        ("en;q=0, zh;q=0.1", "zh-CN"),
        ("xx", None),
        ("", None),
        ("en;q=nonsense", None),
    ],
)
def test_the_browsers_list_is_read_in_its_order(header: str, language: str | None) -> None:
    assert preferred(header) == language


def test_without_any_wish_the_utilitys_language_is_spoken(client: FlaskClient) -> None:
    assert client.get("/gallery").headers["Content-Language"] == "zh-CN"


def test_a_chosen_language_wins_over_the_browsers(client: FlaskClient) -> None:
    switched = client.get("/language?lang=en&next=/gallery%3Fpage%3D2")
    assert (switched.status_code, switched.headers["Location"]) == (303, "/gallery?page=2")
    answer = client.get("/gallery", headers={"Accept-Language": "zh-CN"})
    assert answer.headers["Content-Language"] == "en"
    assert '<html lang="en"' in answer.get_data(as_text=True)


def test_an_unknown_language_changes_nothing(client: FlaskClient) -> None:
    assert "Set-Cookie" not in client.get("/language?lang=../../etc&next=/gallery").headers


def test_large_type_is_kept_and_can_be_left(client: FlaskClient) -> None:
    client.get("/large-type?on=1&next=/gallery")
    assert 'class="govuk-template large"' in client.get("/gallery").get_data(as_text=True)
    client.get("/large-type?on=0&next=/gallery")
    assert 'class="govuk-template"' in client.get("/gallery").get_data(as_text=True)


@pytest.mark.parametrize(
    "target",
    ["https://evil.example", "//evil.example", "/\\evil.example", "\\\\evil", "javascript:alert(1)", "evil", "",
     "/a\r\nSet-Cookie: x", "/\t/evil.example", None],
)  # fmt: skip
def test_a_redirect_never_leaves_this_site(target: str | None) -> None:
    assert safe_next(target) == "/"


def test_a_path_of_this_site_is_followed_with_its_query() -> None:
    assert safe_next("/bills/12?page=2#lines") == "/bills/12?page=2#lines"


def test_the_switch_falls_back_to_the_first_page(client: FlaskClient) -> None:
    assert client.get("/language?lang=en&next=//evil.example").headers["Location"] == "/"
