"""What staff may do, by role: one table. A role that is not named beside an act may not do it."""

from collections.abc import Collection

from kernel.actor import Actor
from kernel.faults import Forbidden
from kernel.i18n import N_

ROLES = {"agent": N_("Agent"), "supervisor": N_("Supervisor")}

# Phones and identity numbers are hidden until somebody whose work needs them asks; asking is recorded.
ACTS: dict[str, frozenset[str]] = {
    "reveal_phone": frozenset({"agent", "supervisor"}),
    "reveal_identity": frozenset({"supervisor"}),
    "prove_identity": frozenset({"agent", "supervisor"}),
    "make_holder": frozenset({"agent", "supervisor"}),
}


_STAFF = N_("Staff")


def role_word(roles: Collection[str] | None) -> str:
    """Return the msgid of the most senior of somebody's roles."""
    return next((word for role, word in reversed(ROLES.items()) if role in (roles or ())), _STAFF)


def may(actor: Actor, act: str) -> bool:
    return bool(ACTS[act] & actor.roles)


def must(actor: Actor, act: str) -> None:
    """Raise Forbidden unless one of the actor's roles may do this."""
    if not may(actor, act):
        raise Forbidden()
