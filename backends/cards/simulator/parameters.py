"""Stripe's form encoding: `a[b][0][c]=v` is a tree of dictionaries and lists, every leaf a string."""

import re
from collections.abc import Iterable
from typing import Any

from backends.cards.simulator.errors import ApiError, invalid

_NAME = re.compile(r"([^\[\]]+)((?:\[[^\[\]]*\])*)")
_STEP = re.compile(r"\[([^\[\]]*)\]")


def read_form(pairs: Iterable[tuple[str, str]]) -> dict[str, Any]:
    """Return the tree of a form. Raises ApiError for a name that is not well formed."""
    root: dict[str, Any] = {}
    for name, value in pairs:
        match = _NAME.fullmatch(name)
        if match is None:
            raise invalid(name, f"Invalid parameter name: {name}")
        steps = [match[1], *_STEP.findall(match[2])]
        _plant(root, steps, value, name)
    tree: dict[str, Any] = _listed(root)
    return tree


def _plant(root: dict[str, Any], steps: list[str], value: str, name: str) -> None:
    here = root
    for step in steps[:-1]:
        deeper = here.setdefault(step or str(len(here)), {})
        if not isinstance(deeper, dict):
            raise invalid(name, f"Invalid parameter: {name}")
        here = deeper
    here[steps[-1] or str(len(here))] = value


def _listed(node: Any) -> Any:
    """Turn dictionaries whose keys are 0, 1, 2, ... into lists."""
    if not isinstance(node, dict):
        return node
    grown = {key: _listed(child) for key, child in node.items()}
    if grown and all(key.isdecimal() for key in grown):
        return [grown[key] for key in sorted(grown, key=int)]
    return grown


def whole_number(value: Any, param: str) -> int:
    """Return an integer parameter. Raises ApiError as Stripe does."""
    if not isinstance(value, str) or not re.fullmatch(r"-?\d{1,15}", value):
        raise invalid(param, f"Invalid integer: {value}", "parameter_invalid_integer")
    return int(value)


def tree(value: Any, param: str) -> dict[str, Any]:
    """Return a parameter that must be a hash."""
    if value is None:
        return {}
    if not isinstance(value, dict):
        raise ApiError(400, "Invalid object", param=param)
    return value
