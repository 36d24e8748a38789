"""How many texts a text becomes: GSM-7 where every letter fits, UCS-2 as soon as one does not (3GPP TS 23.038)."""

from dataclasses import dataclass
from typing import Literal

_BASIC = frozenset(
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?"
    "¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà"
)
_EXTENDED = frozenset("\f^{}\\[~]|€")  # each takes two places


@dataclass(frozen=True, slots=True)
class Segments:
    """`units` are the places taken: septets in GSM-7, 16-bit units in UCS-2; `count` is what is paid for."""

    encoding: Literal["GSM-7", "UCS-2"]
    units: int
    count: int


def segments(text: str) -> Segments:
    """The segments of a text as Twilio sends it, without smart encoding."""
    if all(letter in _BASIC or letter in _EXTENDED for letter in text):
        return _packed("GSM-7", [2 if letter in _EXTENDED else 1 for letter in text], alone=160, joined=153)
    return _packed("UCS-2", [2 if ord(letter) > 0xFFFF else 1 for letter in text], alone=70, joined=67)


def _packed(encoding: Literal["GSM-7", "UCS-2"], widths: list[int], *, alone: int, joined: int) -> Segments:
    units = sum(widths)
    if units <= alone:
        return Segments(encoding, units, 1)
    count, room = 1, joined
    for width in widths:
        if width > room:  # an escaped letter or a surrogate pair is never split between two texts
            count, room = count + 1, joined
        room -= width
    return Segments(encoding, units, count)
