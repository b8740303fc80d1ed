"""One kind of refusal: a code for programs, a translatable sentence for people, the field it is about.

A room's own error subclasses `Fault` beside the code that raises it. `webkit` turns it into a page or into
`application/problem+json` (RFC 9457), the command line into exit 2 and `errors[]`. Unexpected exceptions are no Faults.
"""

import dataclasses
from dataclasses import dataclass
from typing import Any

from kernel.i18n import N_


class Fault(Exception):
    """An expected refusal. `message` is an English msgid with %(name)s placeholders filled from `params`.

    `status` is the HTTP status a web door answers with; `field` names the form field or file column at fault.
    """

    code = "refused"
    status = 400
    message = N_("This cannot be done.")

    def __init__(self, message: str | None = None, *, field: str | None = None, code: str | None = None, **params: Any):
        self.message = message if message is not None else type(self).message
        self.code = code or type(self).code
        self.field = field
        self.params = params
        super().__init__(self.message % params if params else self.message)


class NotFound(Fault):
    """There is no such thing, or this actor may not know of it: both answer alike."""

    code = "not_found"
    status = 404
    message = N_("We could not find that.")


class Forbidden(Fault):
    code = "forbidden"
    status = 403
    message = N_("You may not do this.")


@dataclass(frozen=True)
class RowError:
    """One fault in one place of a file; `line` is 1-based and counts the header, `field` is the column's name."""

    file: str
    line: int
    field: str
    code: str
    message: str
    params: dict[str, Any] = dataclasses.field(default_factory=dict)
