"""Who is asking: carried through every operation and query, written into every audit row."""

from dataclasses import dataclass, field
from typing import Literal

ActorKind = Literal["customer", "payer", "agent", "operator", "system", "webhook"]


@dataclass(frozen=True)
class Actor:
    """`stations` is the set of station ids a staff actor may see; None means every station (system, operator)."""

    kind: ActorKind
    id: int | None = None
    label: str = ""
    roles: frozenset[str] = field(default_factory=frozenset)
    stations: frozenset[int] | None = None
    on_behalf_of: int | None = None
    request_id: str = ""


SYSTEM = Actor(kind="system", label="lightline")
