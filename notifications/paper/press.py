"""The printing press: one typst compiler a process and document kind, with our own fonts only.

Words come in as JSON through `sys.inputs`, so nothing a customer or a tariff file writes is ever read as markup. The
result is tagged for screen readers (PDF/UA-1, ISO 14289-1).
"""

import io
import json
import threading
from collections.abc import Mapping
from datetime import datetime
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import segno
import typst

from kernel.i18n import locale

FOLDER = Path(__file__).parent
_turn = threading.Lock()


@cache
def font_folder() -> Path:
    """Return the folder of Noto Sans SC (SIL Open Font License), which holds Latin and Chinese letters alike."""
    package = find_spec("justmytype_intl_cjk")
    if package is None or package.origin is None:
        raise RuntimeError("the fonts for paper are missing: install justmytype-intl-cjk")
    return Path(package.origin).parent / "fonts" / "ofl" / "notosanssc"


@cache
def _compiler(template: str) -> typst.Compiler:
    return typst.Compiler(
        str(FOLDER / template), root=str(FOLDER), font_paths=[str(font_folder())], ignore_system_fonts=True
    )


def print_pdf(template: str, data: Mapping[str, Any], *, language: str, made_at: datetime) -> bytes:
    """Return the PDF of a template of this folder filled with data; the same data and instant give the same bytes."""
    spoken = locale(language)
    inputs = {**data, "lang": spoken.language, "region": spoken.territory or ""}
    with _turn:
        pdf = _compiler(template).compile(
            format="pdf",
            sys_inputs={"data": json.dumps(inputs, ensure_ascii=False)},
            pdf_standards=["ua-1"],
            timestamp=int(made_at.timestamp()),
        )
    if not isinstance(pdf, bytes):
        raise TypeError("typst made no single document")
    return pdf


def qr_svg(address: str) -> str:
    """Return a QR code of an address as SVG (medium error correction: 15 % may be worn off the paper)."""
    out = io.BytesIO()
    segno.make(address, error="m", micro=False).save(out, kind="svg", border=0, xmldecl=False, svgns=True)
    return out.getvalue().decode()
