"""What each tie to an account allows, and how names and addresses are masked for those who hold none."""

from typing import Literal

Role = Literal["holder", "manage", "pay", "view"]
Act = Literal["view", "pay", "manage", "grant"]

ALLOWED: dict[str, frozenset[str]] = {
    "holder": frozenset({"view", "pay", "manage", "grant"}),
    "manage": frozenset({"view", "pay", "manage"}),
    "pay": frozenset({"view", "pay"}),
    "view": frozenset({"view"}),
}
GRANTABLE = ("view", "pay", "manage")


def may(role: str, act: str) -> bool:
    """Say whether somebody with this tie may do this."""
    return act in ALLOWED.get(role, frozenset())


def masked_name(name: str) -> str:
    """Return enough of a name for people who know it: 陈*, 欧阳**, E*** C*****. A one-letter name is hidden whole."""
    if not name:
        return ""
    if not name.isascii():
        kept = name[:1]
        return kept + "*" * max(1, len(name) - 1)
    return " ".join(word[:1] + "*" * max(1, len(word) - 1) for word in name.split())


def masked_address(address: str) -> str:
    """Return an address with its numbers hidden: 和平路**号*单元, ** Garden Road."""
    return "".join("*" if ch.isdigit() else ch for ch in address)
