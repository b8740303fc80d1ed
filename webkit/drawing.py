"""Tables, lists and pictures as markup, written in Python because pages are full of them: a Jinja macro takes ten times
as long. Templates import them from `webkit/macros.html` and `webkit/pictures.html` like every other macro.

Whatever is not Markup already is escaped.
"""

from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from markupsafe import Markup, escape

from kernel.i18n import _, format_kwh
from webkit.pictures import MonthBar, MonthPicture, TierPicture, month_picture, tier_picture

Column = tuple[Any, str]
"""A heading and its kind: text, money, number or date."""


def table(
    caption: Any,
    columns: Sequence[Column],
    rows: Sequence[Sequence[Any]],
    total: Sequence[Any] | None = None,
    hide_caption: bool = False,
    stack: bool = False,
    id: str | None = None,  # noqa: A002
) -> Markup:
    """Draw a table; the first cell of a row names it. `total`: a last row.

    On a telephone it scrolls under its fixed first column, or with `stack` each row becomes a small block of heading
    and value: for tables people read row by row (a bill). Roles are spelt out because a stacked row is no table row to
    some screen readers.
    """
    key = escape(id or f"t{len(str(caption))}-{len(columns)}-{len(rows)}")
    heads = [(escape(heading), kind) for heading, kind in columns]
    hidden = " govuk-visually-hidden" if hide_caption else ""
    head = "".join(
        f'<th scope="col" role="columnheader" class="govuk-table__header ll-cell--{kind}">{heading}</th>'
        for heading, kind in heads
    )
    body = "".join(_row(heads, cells, "") for cells in rows)
    foot = f'<tfoot role="rowgroup">{_row(heads, total, " ll-total")}</tfoot>' if total else ""
    return Markup(  # noqa: S704
        f'<div class="ll-scroll" role="region" aria-labelledby="{key}" tabindex="0">\n'
        f'<table class="govuk-table ll-table{" ll-stack" if stack else ""}" role="table">\n'
        f'<caption id="{key}" class="govuk-table__caption govuk-table__caption--s{hidden}">{escape(caption)}'
        f'</caption>\n<thead class="govuk-table__head" role="rowgroup"><tr class="govuk-table__row" role="row">{head}'
        "</tr></thead>\n"
        f'<tbody class="govuk-table__body" role="rowgroup">\n{body}</tbody>\n{foot}</table>\n</div>'
    )


def _row(heads: Sequence[tuple[Markup, str]], cells: Sequence[Any], kind: str) -> str:
    parts = [f'<tr class="govuk-table__row{kind}" role="row">']
    for number, cell in enumerate(cells):
        heading, form = heads[number]
        if number == 0:
            parts.append(
                f'<th scope="row" role="rowheader" class="govuk-table__header ll-cell--{form}">{escape(cell)}</th>'
            )
        else:
            parts.append(
                f'<td role="cell" class="govuk-table__cell ll-cell--{form}" data-label="{heading}">{escape(cell)}</td>'
            )
    parts.append("</tr>\n")
    return "".join(parts)


def summary_list(rows: Sequence[Sequence[Any]], class_: str = "") -> Markup:
    """Draw names and values; a third part of a row is its action: (words, address, what for, read to the blind)."""
    parts = [f'<dl class="govuk-summary-list {escape(class_)}">\n']
    for row in rows:
        bare = " govuk-summary-list__row--no-actions" if len(row) < 3 else ""
        parts.append(
            f'<div class="govuk-summary-list__row{bare}"><dt class="govuk-summary-list__key">{escape(row[0])}</dt>'
            f'<dd class="govuk-summary-list__value">{escape(row[1])}</dd>'
        )
        if len(row) > 2:
            words, address, purpose = row[2][:3]
            parts.append(
                f'<dd class="govuk-summary-list__actions"><a class="govuk-link" href="{escape(address)}">'
                f'{escape(words)}<span class="govuk-visually-hidden"> {escape(purpose)}</span></a></dd>'
            )
        parts.append("</div>\n")
    parts.append("</dl>")
    return Markup("".join(parts))  # noqa: S704


def details(summary: Any, text: Any) -> Markup:
    """Draw something that opens when its line is tapped."""
    return Markup(  # noqa: S704
        '<details class="govuk-details"><summary class="govuk-details__summary">'
        f'<span class="govuk-details__summary-text">{escape(summary)}</span></summary>'
        f'<div class="govuk-details__text">{escape(text)}</div></details>'
    )


def tier_bar(
    title: Any,
    used_wh: int,
    tiers: Sequence[tuple[str, str, int | None]],
    id: str = "tiers",  # noqa: A002
) -> Markup:
    """Draw the tier year with its table. `tiers`: (label, price in words, upper bound in Wh or None), lowest first."""
    pic = tier_picture(used_wh, tiers)
    key = escape(id)
    spans = "".join(_tier(pic, number) for number in range(len(pic.spans)))
    anchor = "start" if pic.mark < 25 else "end" if pic.mark > 75 else "middle"
    used = escape(_("%(number)s kWh", number=format_kwh(used_wh)))
    svg = (
        f'<svg class="ll-tiers" width="100%" height="6.6em" role="img" aria-labelledby="{key}-title">'
        f'<title id="{key}-title">{escape(title)}</title>\n{spans}'
        f'<line class="ll-tier__mark" x1="{pic.mark}%" x2="{pic.mark}%" y1="1.4em" y2="4.2em"/>'
        f'<text class="ll-label ll-label--now" x="{pic.mark}%" y="1em" text-anchor="{anchor}">{used}</text></svg>'
    )
    columns = [(_("Tier"), "text"), (_("Year's use"), "text"), (_("Price"), "text"), (_("Used, kWh"), "number")]
    rows = [
        (span.label, _reach(span.from_wh, span.until_wh), span.price, format_kwh(span.used_wh)) for span in pic.spans
    ]
    return _figure(svg, "", table(title, columns, rows, hide_caption=True, id=f"{id}-table"))


def _tier(pic: TierPicture, number: int) -> str:
    span, last = pic.spans[number], number == len(pic.spans) - 1
    place = 'x="100%" text-anchor="end"' if last and number else f'x="{span.start}%" dx="0.2em"'
    now = " ll-label--now" if span.current else ""
    filled, edge = "", ""
    if span.filled:
        filled = f'<rect class="ll-tier__used" x="{span.start}%" y="1.8em" width="{span.filled}%" height="2em"/>'
    if number:
        edge = f'<line class="ll-tier__edge" x1="{span.start}%" x2="{span.start}%" y1="1.6em" y2="4em"/>'
    return (
        f'<rect class="ll-tier ll-tier--{number + 1}" x="{span.start}%" y="1.8em" width="{span.width}%" height="2em"/>'
        f'{filled}{edge}<text class="ll-label{now}" {place} y="5em">{escape(span.label)}</text>'
        f'<text class="ll-label ll-label--quiet" {place} y="6.3em">{escape(span.price)}</text>\n'
    )


def _reach(from_wh: int, until_wh: int | None) -> str:
    if until_wh is None:
        return _("from %(first)s kWh", first=format_kwh(from_wh))
    return _("%(first)s to %(last)s kWh", first=format_kwh(from_wh), last=format_kwh(until_wh))


def month_bars(
    title: Any,
    months: Sequence[tuple[str, str, int | None, int | None]],
    id: str = "months",  # noqa: A002
) -> Markup:
    """Draw months' use with its table. `months`: (label, short label, Wh or None for no reading, last year's Wh or
    None), oldest first; thirteen of them."""
    pic = month_picture(months)
    key = escape(id)
    top = escape(_("%(number)s kWh", number=pic.top_text))
    bars = "".join(_bar(bar, number, len(pic.bars)) for number, bar in enumerate(pic.bars))
    svg = (
        f'<svg class="ll-months" width="100%" height="13.6em" role="img" aria-labelledby="{key}-title">'
        f'<title id="{key}-title">{escape(title)}</title>\n'
        '<svg x="0" y="2em" width="100%" height="9.8em" overflow="visible">'
        '<line class="ll-axis ll-axis--pale" x1="0" x2="100%" y1="0" y2="0"/>'
        '<line class="ll-axis ll-axis--pale" x1="0" x2="100%" y1="50%" y2="50%"/>'
        '<text class="ll-label ll-label--quiet" x="0" y="0" dy="-0.35em">'
        f"{top}</text>\n{bars}"
        f'<line class="ll-axis" x1="0" x2="100%" y1="100%" y2="100%"/></svg>\n{_months_below(pic)}</svg>'
    )
    missing = [_("There is no reading for %(month)s.", month=bar.label) for bar in pic.bars if bar.wh is None]
    gaps = "".join(f'<p class="ll-quiet">{escape(sentence)}</p>' for sentence in missing)
    none = _("no reading")
    rows = [(bar.label, none if bar.wh is None else format_kwh(bar.wh)) for bar in reversed(pic.bars)]
    columns = [(_("Month"), "text"), (_("kWh"), "number")]
    return _figure(svg, gaps, table(title, columns, rows, hide_caption=True, id=f"{id}-table"))


def _bar(bar: MonthBar, number: int, count: int) -> str:
    parts = []
    right = bar.left + bar.width
    if bar.before_height:
        down = 100 - bar.before_height
        parts.append(f'<line class="ll-month__before" x1="{bar.left}%" x2="{right}%" y1="{down}%" y2="{down}%"/>')
    if bar.wh is not None:
        top = 100 - bar.height
        parts.append(
            f'<rect class="ll-month ll-month--{bar.kind}" x="{bar.left}%" width="{bar.width}%" y="{top}%"'
            f' height="{bar.height}%"/>'
        )
        if bar.named:
            now = " ll-label--now" if bar.kind == "now" else ""
            x, anchor = _anchored(bar, number, count)
            parts.append(
                f'<text class="ll-label{now}" x="{x}%" y="{top}%" dy="-0.35em" text-anchor="{anchor}">'
                f"{escape(bar.text)}</text>"
            )
    return "".join(parts) + "\n"


def _anchored(bar: MonthBar, number: int, count: int) -> tuple[Decimal, str]:
    if number == 0:
        return bar.left, "start"
    return (bar.left + bar.width, "end") if number == count - 1 else (bar.middle, "middle")


def _months_below(pic: MonthPicture) -> str:
    """The months' names; on a telephone every second one is left out, never the last."""
    count = len(pic.bars)
    return "".join(
        f'<text class="ll-label ll-label--quiet{" ll-label--thin" if (count - number) % 2 == 0 else ""}"'
        f' x="{bar.middle}%" y="13.2em" text-anchor="middle">{escape(bar.short)}</text>'
        for number, bar in enumerate(pic.bars)
    )


def _figure(svg: str, said: str, facts: Markup) -> Markup:
    """A picture with the same facts as a table one tap away."""
    facts = details(_("The same as a table"), facts)
    return Markup(  # noqa: S704
        f'<figure class="ll-picture">\n{svg}\n<figcaption>{said}{facts}</figcaption></figure>'
    )
