"""Whether a page can be used by everybody: axe-core's rules for WCAG 2.2 AA, and no sideways scrolling.

With SCREENSHOTS=folder in the environment, each page that is looked at is also kept there as a picture.
"""

import os
from functools import cache
from pathlib import Path
from typing import Any

from playwright.sync_api import Page

AXE = Path(__file__).parent / "vendor" / "axe-core" / "axe.min.js"
RULES = ("wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice")
GRAVE = ("serious", "critical")


def assert_accessible(page: Page, name: str) -> None:
    """Nothing grave is wrong with this page, and it fits its window."""
    keep_picture(page, name)
    page.evaluate(_axe())
    found: dict[str, Any] = page.evaluate("rules => axe.run(document, {runOnly: rules})", list(RULES))
    wrong = [_said(violation) for violation in found["violations"] if violation["impact"] in GRAVE]
    assert wrong == [], f"{page.url}: {wrong}"
    wide, window = page.evaluate("[document.documentElement.scrollWidth, window.innerWidth]")
    assert wide <= window, f"{page.url} is {wide} pixels wide in a window of {window}"


def keep_picture(page: Page, name: str) -> None:
    folder = os.environ.get("SCREENSHOTS")
    if folder:
        page.screenshot(path=Path(folder) / f"{name}.png", full_page=True)


def _said(violation: dict[str, Any]) -> str:
    places = ", ".join(node["html"] for node in violation["nodes"][:3])
    return f"{violation['impact']}: {violation['help']} ({violation['id']}) at {places}"


@cache
def _axe() -> str:
    return AXE.read_text(encoding="utf-8")
