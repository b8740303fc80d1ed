"""Which language the operator's terminal speaks: apart from the settings, which take a third of a second to load."""

import os


def operator_language() -> str:
    """Return what LIGHTLINE_LANGUAGE says, else the terminal's locale; may be empty."""
    names = ("LIGHTLINE_LANGUAGE", "LC_ALL", "LC_MESSAGES", "LANG")
    return next((os.environ[name] for name in names if os.environ.get(name)), "")
