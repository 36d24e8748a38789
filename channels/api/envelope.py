"""What the door adds to what was posted: who posted it, by which name, and how to read it. The body stays as it came.

The same post always gives the same envelope, byte for byte: that is how a second copy is told from another message
under the same name.
"""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from channels.errors import UnreadablePayload
from channels.payloads import json_object, text_of

Form = Literal["message", "webform-json", "webform-form"]
FORMS: tuple[Form, ...] = ("message", "webform-json", "webform-form")

_CLIENT = re.compile(r"[a-z0-9][a-z0-9-]{0,62}")
_NAME = re.compile(r"[!-~]{1,255}")


@dataclass(frozen=True, slots=True)
class Envelope:
    """One post: `client` is who, `name` what it is called for ever, `fields` how the client calls our fields."""

    client: str
    name: str
    form: Form
    body: str
    fields: Mapping[str, str] = field(default_factory=dict)


def fit_to_be_a_client(name: str) -> bool:
    """Whether a client may be called so: small letters, digits and dashes."""
    return _CLIENT.fullmatch(name) is not None


def fit_to_be_a_name(name: str) -> bool:
    """Whether a message may be called so: printable ASCII, no blanks, 255 at most."""
    return _NAME.fullmatch(name) is not None


def sealed(envelope: Envelope) -> bytes:
    """The envelope as it is kept."""
    value = {
        "client": envelope.client,
        "name": envelope.name,
        "form": envelope.form,
        "fields": dict(sorted(envelope.fields.items())),
        "body": envelope.body,
    }
    return json.dumps(value, ensure_ascii=False).encode("utf-8", "replace")


def opened(raw: bytes) -> Envelope:
    """The envelope in `raw`; raises UnreadablePayload."""
    value = json_object(raw)
    client, name, form = (text_of(value, part) for part in ("client", "name", "form"))
    body, fields = value.get("body"), value.get("fields") or {}
    if not fit_to_be_a_client(client) or not fit_to_be_a_name(name):
        raise UnreadablePayload("This does not say which client posted it, and under which name.")
    if form not in FORMS or not isinstance(body, str):
        raise UnreadablePayload("This does not say how it is to be read.")
    if not isinstance(fields, dict) or not all(isinstance(theirs, str) for theirs in fields.values()):
        raise UnreadablePayload("The names of the fields are not text.")
    return Envelope(client, name, form, body, fields)
