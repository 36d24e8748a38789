"""What a Drupal Webform posts by its "remote post" handler, put into our fields.

The handler sends the answers beside the submission's own fields, flat, as JSON or as a form in PHP's way
(`address[city]=…`), and each uploaded file under the name of its element with a low line before it. An answer for
which we have no field is added to the text: nothing that a resident wrote is left aside.
"""

import hashlib
import json
from collections.abc import Mapping
from typing import Any
from urllib.parse import parse_qsl

from channels.api.payload import LONGEST_TEXT, MOST_FILES
from channels.errors import UnreadablePayload
from channels.payloads import json_object, storable

USUAL: dict[str, tuple[str, ...]] = {
    "text": ("message", "text", "complaint", "feedback", "details", "description", "comments", "what_happened"),
    "subject": ("subject", "title"),
    "name": ("name", "your_name", "full_name"),
    "email": ("email", "email_address", "your_email"),
    "phone": ("phone", "phone_number", "telephone", "mobile"),
    "address": ("address", "home_address", "your_address"),
    "on_behalf_of": ("on_behalf_of",),
    "adjustments": ("adjustments", "reasonable_adjustments"),
    "prefers": ("prefers", "preferred_contact", "contact_preference"),
    "reference": ("reference", "case_reference"),
}
"""Our fields, and what an element is usually called that holds one; the first that has an answer is taken."""

OF_THE_SUBMISSION = frozenset({
    "serial", "sid", "uuid", "token", "uri", "created", "completed", "changed", "in_draft", "current_page",
    "remote_addr", "uid", "langcode", "webform_id", "entity_type", "entity_id", "locked", "sticky", "notes", "metatag",
})  # fmt: skip
"""What Webform itself says of a submission: nobody's answer."""

_CHANGES = frozenset({"changed", "token", "in_draft", "current_page", "locked", "sticky", "notes"})
_NO_WORDS = "[No words, only files]"
_MOST_FIELDS = 2_000
_DEEPEST = 5
_SENDER = ("name", "email", "phone")
_PREFERRED = {"email": ("email",), "text": ("text", "sms"), "phone": ("phone", "call"), "post": ("post", "letter")}
_LONGEST = {name: 200 if name in ("name", "on_behalf_of") else 1_000 for name in USUAL} | {
    "email": 320, "phone": 100, "adjustments": 5_000, "reference": 100,
}  # fmt: skip


def answers(form: str, body: str) -> dict[str, Any]:
    """What was posted, as JSON has it; raises UnreadablePayload."""
    if form == "webform-json":
        return json_object(body.encode("utf-8", "replace"))
    try:
        pairs = parse_qsl(body, keep_blank_values=True, errors="replace", max_num_fields=_MOST_FIELDS)
    except ValueError as error:
        raise UnreadablePayload(f"This form has more than {_MOST_FIELDS:,} fields.") from error
    found: dict[str, Any] = {}
    for name, value in pairs:
        _put(found, _path(storable(name)), storable(value))
    return {name: _listed(value) for name, value in found.items()}


def name_of(posted: Mapping[str, Any]) -> str:
    """What the submission is called for ever: the same for a second copy, another once it was changed; '' unnamed."""
    named = _words(posted.get("uuid")) or "-".join(filter(None, (_words(posted.get(n)) for n in ("webform_id", "sid"))))
    if not named or not (posted.get("uuid") or posted.get("sid")):
        return ""
    lasting = {name: value for name, value in posted.items() if name not in _CHANGES}
    said = json.dumps(lasting, sort_keys=True, ensure_ascii=True)
    plain = "".join(letter for letter in named if letter.isascii() and (letter.isalnum() or letter in "-_"))[:100]
    return f"{plain}.{hashlib.sha256(said.encode()).hexdigest()[:24]}"


def translated(posted: Mapping[str, Any], fields: Mapping[str, str]) -> tuple[dict[str, Any], tuple[str, ...]]:
    """The answers as a NewMessage has them, and what was wrong; `fields` names the element that holds one of ours."""
    files, of_files, problems = _files(posted)
    left = {name: value for name, value in posted.items() if name not in OF_THE_SUBMISSION | of_files}
    found: dict[str, str] = {}
    for ours, usual in USUAL.items():
        for theirs in (fields[ours],) if ours in fields else usual:
            words = _words(left.get(theirs), " " if ours in ("name", "on_behalf_of") else ", ")
            if words and (ours == "text" or len(words) <= _LONGEST[ours]):
                found[ours] = words
                del left[theirs]
            if words:
                break
    told, prefers = _with_the_rest(found.pop("text", ""), left), _prefers(found.pop("prefers", ""))
    told = told or (_NO_WORDS if files else "")
    if len(told) > LONGEST_TEXT:
        told = told[:LONGEST_TEXT]
        problems.append(f"The form said more than {LONGEST_TEXT:,} characters; the rest stands in the original.")
    value: dict[str, Any] = {"text": told, "attachments": files, "prefers": prefers}
    value["sender"] = {name: found.pop(name) for name in _SENDER if name in found}
    if behalf := found.pop("on_behalf_of", ""):
        value["on_behalf_of"] = {"name": behalf}
    return value | found, tuple(problems)


def _with_the_rest(text: str, left: Mapping[str, Any]) -> str:
    said = {name: _words(value) for name, value in left.items()}
    rest = [f"{name.replace('_', ' ').strip().capitalize()}: {words}" for name, words in said.items() if words]
    return "\n\n".join(filter(None, (text, "\n".join(rest)))).strip()


def _prefers(written: str) -> str:
    said = written.lower().replace("-", "")
    return next((ours for ours, theirs in _PREFERRED.items() if any(word in said for word in theirs)), "")


def _files(posted: Mapping[str, Any]) -> tuple[list[dict[str, str]], set[str], list[str]]:
    """The files, the elements that stand for them (which hold only Drupal's numbers), and what was wrong."""
    files: list[dict[str, str]] = []
    elements: set[str] = set()
    problems: list[str] = []
    for name, value in posted.items():
        if not name.startswith("_"):
            continue
        several = value if isinstance(value, list) else [value]
        described = [one for one in several if isinstance(one, dict) and "name" in one and {"uri", "data"} & set(one)]
        if not described:
            continue
        elements |= {name, name[1:]}
        for one in described:
            if isinstance(one.get("data"), str) and len(files) < MOST_FILES:
                called, kind = _words(one["name"])[:255] or "file", _words(one.get("mime"))[:200]
                files.append({"filename": called, "content_type": kind, "content": "".join(one["data"].split())})
            else:
                problems.append("A file of the form did not come along: it has to be sent as base64 with the answers.")
    return files, elements, problems


def _words(value: Any, between: str = ", ") -> str:
    """An answer as words: several are put in a row."""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, dict):
        value = list(value.values())
    if isinstance(value, list):
        return between.join(filter(None, (_words(part, between) for part in value)))
    return "" if value is None else str(value).strip()


def _path(name: str) -> list[str]:
    first, *rest = name.split("[")
    return [first, *(part.removesuffix("]") for part in rest[:_DEEPEST])]


def _put(into: dict[str, Any], path: list[str], value: str) -> None:
    for step in path[:-1]:
        deeper = into.setdefault(step, {})
        if not isinstance(deeper, dict):
            return
        into = deeper
    last = path[-1] or str(len(into))
    into[last] = value


def _listed(value: Any) -> Any:
    """PHP writes a list as a field with numbers: `photos[0][name]`."""
    if not isinstance(value, dict):
        return value
    parts = {name: _listed(part) for name, part in value.items()}
    return list(parts.values()) if parts and all(name.isdecimal() for name in parts) else parts
