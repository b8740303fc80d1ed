"""The real browser of the browser tests, and how it is started."""

import os
import shutil

ARGUMENTS = (
    "--no-sandbox", "--disable-dev-shm-usage", "--disable-gpu", "--disable-background-networking", "--no-first-run",
)  # fmt: skip


def chromium_path() -> str:
    """Return the browser to use; the suite fails, and says so, when there is none."""
    names = (os.environ.get("CHROMIUM", ""), "chromium", "chromium-browser", "google-chrome")
    found = next((path for name in names if name and (path := shutil.which(name))), None)
    if found is None:
        raise RuntimeError("no Chromium was found; name it in CHROMIUM")
    return found
