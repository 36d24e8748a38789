"""Makes console/static/resident.css: of GOV.UK's styles only those that residents' pages use, with ours behind them.

A resident on an old phone and a bad line then loads a sixth of it, in one file. Run it after changing the templates of
these pages, console/static/earshot.css or console/static/form.css; a test says when it was forgotten.
"""

import re
from collections.abc import Iterator
from pathlib import Path

import govuk_frontend_jinja

HOUSE = Path(__file__).parent.parent
STATIC = HOUSE / "console" / "static"
TEMPLATES = HOUSE / "console" / "templates"
PAGES = ("layout.html", "resident.html", "form/*.html", "claim/*.html")
MADE = STATIC / "resident.css"
HEADER = (
    "/* Made by scripts/make-resident-css.py. govuk-frontend's rules are under its licence, govuk/LICENSE.txt. */\n"
)

_CLASS = re.compile(r"\.((?:\\.|[\w-])+)")
_NAMED = re.compile(r"govuk-[\w!-]+")
_MACRO = re.compile(r"govuk_frontend_jinja/components/([\w-]+)/")
_BY_SCRIPTS = {"js-enabled", "govuk-frontend-supported"}


def made() -> str:
    """The whole of the file."""
    kept = _kept((STATIC / "govuk" / "govuk-frontend.min.css").read_text(encoding="utf-8"), used())
    ours = "".join((STATIC / name).read_text(encoding="utf-8") for name in ("earshot.css", "form.css"))
    return HEADER + kept + "\n" + _small(ours) + "\n"


def used() -> set[str]:
    """Every class that the pages and the components that they draw may carry."""
    words = "".join(page.read_text(encoding="utf-8") for pattern in PAGES for page in TEMPLATES.glob(pattern))
    found = set(_NAMED.findall(words)) | _BY_SCRIPTS
    templates = Path(govuk_frontend_jinja.__path__[0]) / "templates"
    components = templates / "components"
    found |= set(_NAMED.findall((templates / "template.html").read_text(encoding="utf-8")))
    waiting, seen = set(_MACRO.findall(words)), set()
    while waiting:
        name = waiting.pop()
        seen.add(name)
        words = (components / name / "macro.html").read_text(encoding="utf-8")
        found |= set(_NAMED.findall(words))
        waiting |= set(_MACRO.findall(words)) - seen
    return found


def _kept(css: str, classes: set[str]) -> str:
    parts = []
    for head, body in _rules(css):
        if head.startswith(("@media", "@supports")):
            inside = _kept(body, classes)
            if inside:
                parts.append(f"{head}{{{inside}}}")
        elif head.startswith("@font-face"):
            continue
        elif head.startswith("@"):
            parts.append(f"{head}{{{body}}}")
        else:
            selectors = [one for one in head.split(",") if _is_used(one, classes)]
            if selectors and body:
                parts.append(f"{','.join(selectors)}{{{body}}}")
    return "".join(parts)


def _is_used(selector: str, classes: set[str]) -> bool:
    asked = re.sub(r":not\([^)]*\)", "", selector)
    return all(name.replace("\\", "") in classes for name in _CLASS.findall(asked))


def _rules(css: str) -> Iterator[tuple[str, str]]:
    css, at = re.sub(r"/\*.*?\*/", "", css, flags=re.DOTALL), 0
    while (opened := css.find("{", at)) >= 0:
        depth, end = 1, opened + 1
        while depth:
            depth += {"{": 1, "}": -1}.get(css[end], 0)
            end += 1
        head = css[at:opened].rpartition(";")[2].strip()  # behind an @charset or @import
        yield head, css[opened + 1 : end - 1]
        at = end


def _small(css: str) -> str:
    css = re.sub(r"/\*.*?\*/", "", css, flags=re.DOTALL)
    return re.sub(r"\s*([{}:;,])\s*(?![^{}]*\()", r"\1", " ".join(css.split()))


if __name__ == "__main__":
    MADE.write_text(made(), encoding="utf-8")
    print(f"{MADE.relative_to(HOUSE)}: {MADE.stat().st_size:,} bytes")  # noqa: T201
