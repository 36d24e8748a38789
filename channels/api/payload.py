"""What a client may post, as models: they read it, and the OpenAPI document is made of them.

What a program got wrong is an error and told to the program. What a resident may get wrong (a phone number with a
digit too few, a file that is too large) is no error: their words count, and the answer says what was wrong.
"""

import base64
import binascii
from datetime import datetime
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, AwareDatetime, BaseModel, BeforeValidator, ConfigDict, Field, ValidationError

from channels.errors import UnreadablePayload

LONGEST_TEXT = 100_000
_BASE64 = "^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$"
MOST_FILES = 10


def _words_of(value: Any) -> Any:
    if not isinstance(value, str):
        raise ValueError("must be text, like 2026-11-20T16:40:00+00:00")
    return value


def _is_base64(value: str) -> str:
    try:
        base64.b64decode(value, validate=True)
    except (binascii.Error, ValueError) as error:
        raise ValueError("must be base64") from error
    return value


Moment = Annotated[AwareDatetime, BeforeValidator(_words_of)]
Name = Annotated[str, Field(max_length=200)]


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, str_strip_whitespace=True)


class Sender(_Part):
    """Who writes. All of it may be missing: nobody must give a name to be heard."""

    name: Name = Field("", examples=["Ngozi Okafor"])
    email: str = Field("", max_length=320, examples=["ngozi.okafor@example.org"])
    phone: str = Field("", max_length=100, examples=["07700 900123"])


class OnBehalfOf(_Part):
    """The resident for whom the sender speaks."""

    name: Name = Field(min_length=1, examples=["Stan Bright"])
    relation: Name = Field("", description="What the sender is to them.", examples=["daughter"])
    authority: str = Field("", max_length=1_000, description="By what right the sender speaks for them.")


class File(_Part):
    """A photo, a document, a recording. Up to 10 of 10 MB each; nothing that runs."""

    filename: str = Field(min_length=1, max_length=255, examples=["ceiling.jpg"])
    content_type: str = Field("", max_length=200, examples=["image/jpeg"])
    content: Annotated[str, AfterValidator(_is_base64)] = Field(
        description="The bytes in base64.", json_schema_extra={"contentEncoding": "base64", "pattern": _BASE64}
    )


class NewMessage(_Part):
    """One message of a resident, in their own words."""

    text: str = Field(
        min_length=1,
        max_length=LONGEST_TEXT,
        pattern=r"\S",
        description="What they wrote, whole and unchanged.",
        examples=["The boiler is broken for the third time."],
    )
    subject: str = Field("", max_length=1_000)
    sender: Sender = Field(default_factory=Sender)
    address: str = Field("", max_length=1_000, description="The home that it is about.", examples=["12 Larch Court"])
    on_behalf_of: OnBehalfOf | None = Field(None, description="Only when the sender speaks for somebody else.")
    adjustments: str = Field("", max_length=5_000, description="What would make it easier for them to deal with us.")
    prefers: Literal["", "email", "phone", "text", "post"] = Field("", description="How they want to be answered.")
    received_at: Moment | None = Field(
        None,
        description="When you first got it, with its zone, if that was before now: the clocks count from then.",
        examples=["2026-11-20T16:40:00+00:00"],
    )
    reference: str = Field("", max_length=100, description="Of their case, where they gave one.")
    id: str = Field("", max_length=200, description="Your own name for it. Kept, and told back.")
    attachments: list[File] = Field(default_factory=list, max_length=MOST_FILES)


class Fault(BaseModel):
    """What is wrong, and where: `pointer` is a JSON pointer into what was posted."""

    pointer: str
    detail: str


class Unfit(UnreadablePayload):
    """Raised when what was posted is JSON but no message; `faults` say where."""

    def __init__(self, faults: tuple[Fault, ...]) -> None:
        super().__init__("This is not a message: " + "; ".join(f"{one.pointer} {one.detail}" for one in faults[:5]))
        self.faults = faults


def fitting(value: dict[str, Any]) -> NewMessage:
    """The message in what was posted; raises Unfit."""
    try:
        return NewMessage.model_validate(value)
    except ValidationError as error:
        raise Unfit(tuple(_fault(one) for one in error.errors(include_url=False, include_input=False))) from error


def too_late(when: datetime, *, now: datetime) -> Fault | None:
    """What is wrong with a time of receipt, by the clock; None where it can be true."""
    if when > now:
        return Fault(pointer="#/received_at", detail="must be in the past. Leave it out when it is now")
    if (now - when).days > 366:
        return Fault(pointer="#/received_at", detail="is more than a year ago. Have staff take it down instead")
    return None


def _fault(error: Any) -> Fault:
    pointer = "#/" + "/".join(str(part).replace("~", "~0").replace("/", "~1") for part in error["loc"])
    plain = {
        "missing": "is missing",
        "extra_forbidden": "is no field of ours: leave it out, or look how it is spelt",
        "string_pattern_mismatch": "must say something",
    }
    return Fault(pointer=pointer[:200], detail=plain.get(error["type"]) or _lowered(error["msg"]))


def _lowered(sentence: str) -> str:
    said = sentence.removeprefix("Value error, ").removeprefix("Input ")
    return said[:1].lower() + said[1:200]
