"""Numbers carry their unit and are written as the reader writes them."""

from datetime import UTC, date, datetime

import pytest
from flask import render_template_string
from jinja2 import UndefinedError

from kernel.i18n import set_language
from tests.webkit.gallery import gallery_app

AT = datetime(2026, 7, 25, 11, 42, tzinfo=UTC)


def show(template: str, language: str = "en", **values: object) -> str:
    app = gallery_app()
    with app.test_request_context("/gallery"):
        set_language(language)
        return render_template_string(template, **values)


@pytest.mark.parametrize(
    ("template", "english", "chinese"),
    [
        ("{{ 8642|money }}", "¥86.42", "¥86.42"),
        ("{{ (-1420)|money }}", "-¥14.20", "-¥14.20"),
        ("{{ day|date }}", "25 July 2026", "2026年7月25日"),
        ("{{ day|day }}", "25 July", "7月25日"),
        ("{{ at|time }}", "19:42", "19:42"),
        ("{{ at|datetime }}", "25 Jul 2026 19:42", "2026年7月25日 19:42"),
        ("{{ 341500|kwh_number }}", "341.5", "341.5"),
        ("{{ '+8613800005678'|phone_masked }}", "138 •••• 5678", "138 •••• 5678"),
    ],
)
def test_filters_speak_the_readers_language(template: str, english: str, chinese: str) -> None:
    assert show(template, day=date(2026, 7, 25), at=AT) == english
    assert show(template, "zh-CN", day=date(2026, 7, 25), at=AT) == chinese


def test_energy_has_its_unit() -> None:
    assert show("{{ 60000|kwh }}") == "60 kWh"


def test_what_a_person_typed_is_escaped_inside_a_translated_sentence() -> None:
    shown = show('{{ _("There is no bill %(number)s.", number=typed) }}', typed="<b>4</b>")
    assert shown == "There is no bill &lt;b&gt;4&lt;/b&gt;."


def test_a_missing_value_is_an_error_not_an_empty_place() -> None:
    with pytest.raises(UndefinedError):
        show("{{ amont }}")
