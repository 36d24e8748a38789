"""The languages in which residents can read the form, and how a page is said in one of them.

A catalogue is `translations/<code>.po`, read when the process starts: nothing has to be built. A sentence that it
lacks is said in English. `Native check: needed` in its first lines has each page say that nobody checked it yet.
"""

import gettext
import io
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime
from functools import cache
from pathlib import Path
from typing import Any

from babel import Locale
from babel.dates import format_date
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from flask import Flask, g, has_request_context, request, url_for

from channels.sentences import Sentence
from console.wording import LONDON
from notifier.render import long_date

CATALOGUES = Path(__file__).parent / "translations"
NOT_CHECKED = "Native check: needed"

IN_EVERY_LANGUAGE = ("/received/", "/claim")
"""Below these addresses, and at the form itself, a page is said in the reader's language; all others are English."""


@dataclass(frozen=True, slots=True)
class Language:
    """One language, by the name that its own speakers give it."""

    code: str
    name: str
    direction: str = "ltr"

    @property
    def checked(self) -> bool:
        """Whether somebody who grew up with it has read our translation."""
        return self.code == "en" or NOT_CHECKED not in _catalogue(self.code)[0]


ENGLISH = Language("en", "English")
LANGUAGES = (
    ENGLISH,
    Language("cy", "Cymraeg"),
    Language("pl", "Polski"),
    Language("ro", "Română"),
    Language("ur", "اردو", "rtl"),
    Language("bn", "বাংলা"),
    Language("ar", "العربية", "rtl"),
)
_NUMBERS = re.compile(r"\+?\d[\d ]*\d(?:MB)?|[A-Z\d]{4}(?:-[A-Z\d]{1,4})+|[\w.]+@[\w.]+")
_BY_CODE = {language.code: language for language in LANGUAGES}


def prepare(app: Flask) -> None:
    """Let templates say `_("…")` and `{% trans %}`, and know the language of their page."""
    app.jinja_env.add_extension("jinja2.ext.i18n")
    app.jinja_env.policies["ext.i18n.trimmed"] = True
    install: Any = app.jinja_env.install_gettext_callables  # type: ignore[attr-defined]
    install(say, lambda one, many, count: say(one if count == 1 else many), newstyle=True)
    app.jinja_env.filters |= {"said": said, "date_said": date_said, "left_to_right": left_to_right}

    @app.context_processor
    def on_every_page() -> dict[str, Any]:
        return {"language": language(), "languages": LANGUAGES, "in_language": in_language, "switches": switches}


def language() -> Language:
    """The language of this page: as asked for in its address, else the first that the browser names, else English."""
    if not has_request_context() or not _has_translations(request.path):
        return ENGLISH
    if "language" not in g:
        asked = _BY_CODE.get(request.args.get("lang", ""))
        g.language = asked or _BY_CODE[request.accept_languages.best_match(_BY_CODE, default=ENGLISH.code)]
    found: Language = g.language
    return found


def say(words: str) -> str:
    """English words in the language of this page."""
    here = language()
    if here is ENGLISH or not words:
        return words
    translated = _catalogue(here.code)[1].gettext(words)
    return _NUMBERS.sub(left_to_right, translated) if here.direction == "rtl" else translated


def left_to_right(number: str | re.Match[str]) -> str:
    """A phone number or a reference in marks that keep it in order: without, Arabic shows 0800 111 999 backwards."""
    return f"\u202a{number if isinstance(number, str) else number[0]}\u202c"


def said(sentence: str) -> str:
    """A sentence about what was filled in, in the language of this page."""
    if not isinstance(sentence, Sentence):
        return say(sentence)
    return say(sentence.pattern) % sentence.values if sentence.values else say(sentence.pattern)


def date_said(day: date | datetime) -> str:
    """A date, written out in the language of this page; of a moment, its date in London."""
    here = language()
    day = day.astimezone(LONDON).date() if isinstance(day, datetime) else day
    return long_date(day) if here is ENGLISH else format_date(day, "full", locale=Locale.parse(here.code))


def in_language(address: str) -> str:
    """An address of ours that keeps the reader's choice of language."""
    code = request.args.get("lang", "")
    return f"{address}{'&' if '?' in address else '?'}lang={code}" if code in _BY_CODE else address


def switches() -> Iterator[tuple[Language, str]]:
    """The same page in every language; a page that answered a form is its form again."""
    carried = {name: request.args[name] for name in ("reference",) if name in request.args}
    values = {**(request.view_args or {}), **carried}
    endpoint = {"form.send": "form.show", "claim.look": "claim.show"}.get(request.endpoint or "", request.endpoint)
    for one in LANGUAGES:
        yield one, url_for(endpoint or "form.show", **(values | {"lang": one.code}))


def _has_translations(path: str) -> bool:
    return path == "/" or path.startswith(IN_EVERY_LANGUAGE)


@cache
def _catalogue(code: str) -> tuple[str, gettext.NullTranslations]:
    """The first lines of a catalogue, which are about it, and what it translates."""
    with (CATALOGUES / f"{code}.po").open("rb") as file:
        catalogue = read_po(file, locale=code)
    compiled = io.BytesIO()
    write_mo(compiled, catalogue)
    compiled.seek(0)
    return catalogue.header_comment, gettext.GNUTranslations(compiled)
