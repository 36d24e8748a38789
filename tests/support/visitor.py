"""Somebody at a browser without scripts: opens pages, fills in the forms that stand on them, and sends them.

priya = Visitor(house.url).sign_in("priya@larchmere.example", PASSWORD)
page = priya.open("/staff/cases/LH-…").fill("acknowledge", understanding="…").send()
"""

from dataclasses import dataclass, field
from html.parser import HTMLParser
from types import TracebackType
from typing import Any, Self
from urllib.parse import urljoin

import httpx

_SILENT = ("script", "style", "template")


@dataclass
class Form:
    """A form as it stands on a page: what would be sent if nobody touched it."""

    action: str
    method: str
    fields: dict[str, list[str]] = field(default_factory=dict)
    offered: set[str] = field(default_factory=set)


class Page:
    """An answer to a visitor."""

    def __init__(self, visitor: "Visitor", answer: httpx.Response) -> None:
        self._visitor, self.status, self.path = visitor, answer.status_code, answer.url.path
        self.html = answer.text
        reader = _Reader()
        reader.feed(self.html)
        reader.close()
        self.words = " ".join(" ".join(reader.words).split())
        self.links, self.forms = reader.links, reader.forms

    def form(self, part: str) -> Form:
        """The only form whose address ends in `part`."""
        found = [form for form in self.forms if urljoin(self.path, form.action or self.path).endswith(part)]
        assert len(found) == 1, f"{len(found)} forms to {part} on {self.path}: {[f.action for f in self.forms]}"
        return found[0]

    def send(self, part: str, *, files: Any = None, **fields: str) -> "Page":
        """Fill in the form whose address ends in `part`, and send it; what it does not offer cannot be filled in."""
        form = self.form(part)
        assert set(fields) <= form.offered, f"{set(fields) - form.offered} is not on the form: {sorted(form.offered)}"
        data = form.fields | {name: [value] for name, value in fields.items()}
        return self._visitor.ask(form.method, urljoin(self.path, form.action or self.path), data=data, files=files)


class Visitor:
    """Keeps its cookies, follows redirects; a page that broke or asks to come back fails the test."""

    def __init__(self, url: str) -> None:
        self._client = httpx.Client(base_url=url, follow_redirects=True, timeout=30)

    def open(self, path: str) -> Page:
        return self.ask("GET", path)

    def ask(self, method: str, path: str, **content: Any) -> Page:
        answer = self._client.request(method, path, **content)
        assert answer.status_code < 500, f"{method} {path}: {answer.status_code} {answer.text[:2000]}"
        return Page(self, answer)

    def sign_in(self, email: str, password: str) -> Self:
        page = self.open("/staff/sign-in").send("/sign-in", email=email, password=password)
        assert page.path == "/staff/", page.words
        return self

    def close(self) -> None:
        self._client.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.close()


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.words: list[str] = []
        self.links: list[str] = []
        self.forms: list[Form] = []
        self._silent = 0
        self._area = ""
        self._choice = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        if tag in _SILENT:
            self._silent += 1
        elif tag == "a" and "href" in given:
            self.links.append(given["href"])
        elif tag == "form":
            self.forms.append(Form(given.get("action", ""), given.get("method", "get").upper()))
        elif self.forms and given.get("name"):
            self._field(tag, given)
        elif tag == "option" and self._choice and "selected" in given:
            self._keep(self._choice, given.get("value", ""))

    def handle_endtag(self, tag: str) -> None:
        if tag in _SILENT:
            self._silent -= 1
        elif tag == "textarea":
            self._area = ""
        elif tag == "select":
            self._choice = ""

    def handle_data(self, data: str) -> None:
        if self._area:
            kept = self.forms[-1].fields[self._area]
            kept[-1] += data if kept[-1] else data.removeprefix("\n")  # as browsers do
        elif not self._silent:
            self.words.append(data)

    def _field(self, tag: str, given: dict[str, str]) -> None:
        name, kind = given["name"], given.get("type", "text")
        self.forms[-1].offered.add(name)
        if tag == "textarea":
            self._area = name
            self._keep(name, "")
        elif tag == "select":
            self._choice = name
        elif tag == "input" and kind in ("checkbox", "radio"):
            if "checked" in given:
                self._keep(name, given.get("value", "on"))
        elif tag == "input" and kind != "file":
            self._keep(name, given.get("value", ""))

    def _keep(self, name: str, value: str) -> None:
        self.forms[-1].fields.setdefault(name, []).append(value)
