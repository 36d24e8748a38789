"""Brings console/translations/*.po up to date with what residents' pages say, and says what each still lacks.

Run it after changing a sentence. What was translated stays; what nobody says any more goes. Then translate the empty
entries and, once somebody who grew up with the language has read them all, put their name and the day in place of
`needed` behind `Native check:` in its first lines.
"""

import io
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

from babel.messages.catalog import Catalog
from babel.messages.extract import extract, extract_from_file
from babel.messages.pofile import read_po, write_po
from jinja2.ext import babel_extract

HOUSE = Path(__file__).parent.parent
CATALOGUES = HOUSE / "console" / "translations"
TEMPLATES = ("layout.html", "resident.html", "form/*.html", "claim/*.html", "errors/*.html")
MODULES = ("console/form.py", "console/claim.py", "channels/webform/fields.py", "channels/uploads.py")
TRIMMED = {"trimmed": "true", "extensions": "jinja2.ext.i18n", "trim_blocks": "true", "lstrip_blocks": "true"}


def wanted() -> dict[str, set[str]]:
    """Every sentence that a resident may read in their language, and the files that say it."""
    found: dict[str, set[str]] = {}
    for place, sentence in [*_in_templates(), *_in_modules(), *_in_data()]:
        found.setdefault(sentence, set()).add(place)
    return found


def _in_templates() -> Iterator[tuple[str, str]]:
    folder = HOUSE / "console" / "templates"
    for pattern in TEMPLATES:
        for page in sorted(folder.glob(pattern)):
            source = io.BytesIO(page.read_bytes())
            for _, words, _, _ in extract(
                babel_extract, source, keywords={"_": None, "gettext": None}, options=TRIMMED
            ):
                yield str(page.relative_to(HOUSE)), str(words)


def _in_modules() -> Iterator[tuple[str, str]]:
    for module in MODULES:
        for _, words, _, _ in extract_from_file("python", HOUSE / module, keywords={"Sentence": None}):
            yield module, str(words)


def _in_data() -> Iterator[tuple[str, str]]:
    from casework.policy.load import load
    from console.errors import SAYINGS
    from console.own_words import PROMISES, STAGES

    for line in load("code-2024").emergency.values():
        yield "casework/policy/policies/code-2024.toml", line
    for code, words in SAYINGS.items():
        if code != 403:  # staff's
            yield from (("console/errors.py", one) for one in words)
    for name, _ in STAGES.values():
        yield "console/own_words.py", name
    for name in PROMISES.values():
        yield "console/own_words.py", name


def updated(code: str) -> Catalog:
    """The catalogue of a language with exactly the sentences that are wanted."""
    path = CATALOGUES / f"{code}.po"
    with path.open("rb") as file:
        known = read_po(file, locale=code)
    fresh = Catalog(locale=code, project="Earshot", header_comment=known.header_comment, fuzzy=False)
    fresh.creation_date = fresh.revision_date = datetime(2026, 1, 1, tzinfo=UTC)  # the history is git's
    for sentence, places in sorted(wanted().items(), key=lambda item: (min(item[1]), item[0])):
        old = known.get(sentence)
        said = old.string if old else ""
        fresh.add(sentence, said, [(place, 0) for place in sorted(places)], flags=old.flags if old else ())
    return fresh


if __name__ == "__main__":
    for path in sorted(CATALOGUES.glob("*.po")):
        catalogue = updated(path.stem)
        lacking = [message.id for message in catalogue if message.id and not message.string]
        out = io.BytesIO()
        write_po(out, catalogue, width=118, include_lineno=False)
        path.write_bytes(out.getvalue())
        print(f"{path.name}: {len(catalogue)} sentences, {len(lacking)} not translated")  # noqa: T201
