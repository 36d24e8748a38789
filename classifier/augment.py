"""The same message as other fingers would have typed it: for training only, and the same every time."""

import random
import re

GREETINGS = (
    "Hi, ",
    "Hello ",
    "Good morning. ",
    "Dear Sir or Madam,\n\n",
    "hiya ",
    "To whom it may concern, ",
    "Hi there\n",
    "Hello, hope you are well. ",
)
SIGNATURES = (
    "\n\nKind regards",
    "\nThanks",
    " thanks x",
    "\n\nYours faithfully",
    " ta",
    "\nSent from my iPhone",
    "\n\nMany thanks, Jo",
    " Thank you.",
)
SHORT = {
    "you": "u",
    "your": "ur",
    "are": "r",
    "please": "pls",
    "before": "b4",
    "someone": "sum1",
    "weeks": "wks",
    "week": "wk",
    "tomorrow": "2moro",
    "could": "cud",
    "would": "wud",
    "because": "cos",
    "with": "wiv",
    "and": "n",
    "months": "mths",
    "what": "wot",
    "thanks": "thx",
    "today": "2day",
    "have": "hav",
    "appointment": "appt",
    "again": "agen",
}
_WORD = re.compile(r"[A-Za-z]+")


def varied(text: str, seed: str, copies: int) -> list[str]:
    """`copies` variants, each by one or two ways chosen by `seed`."""
    ways = (_shouted, _lower, _unpunctuated, _shortened, _mistyped, _greeted, _signed)
    made = []
    for number in range(copies):
        chance = random.Random(f"{seed}/{number}")  # noqa: S311 (variety, not secrecy)
        variant = text
        for way in chance.sample(ways, chance.choice((1, 1, 2))):
            variant = way(variant, chance)
        if variant != text:
            made.append(variant)
    return made


def _shouted(text: str, chance: random.Random) -> str:
    return text.upper() if len(text) < 300 and chance.random() < 0.4 else text


def _lower(text: str, chance: random.Random) -> str:
    return text.lower()


def _unpunctuated(text: str, chance: random.Random) -> str:
    return re.sub(r"[.,;:!'’]", "", text)


def _shortened(text: str, chance: random.Random) -> str:
    return _WORD.sub(lambda word: SHORT.get(word[0].lower(), word[0]) if chance.random() < 0.7 else word[0], text)


def _mistyped(text: str, chance: random.Random) -> str:
    return _WORD.sub(
        lambda word: _slip(word[0], chance) if len(word[0]) > 4 and chance.random() < 0.12 else word[0], text
    )


def _slip(word: str, chance: random.Random) -> str:
    place = chance.randrange(1, len(word) - 1)
    return chance.choice(
        (
            word[:place] + word[place + 1 :],
            word[:place] + word[place + 1] + word[place] + word[place + 2 :],
            word[:place] + word[place] + word[place:],
        )
    )


def _greeted(text: str, chance: random.Random) -> str:
    return chance.choice(GREETINGS) + text


def _signed(text: str, chance: random.Random) -> str:
    return text + chance.choice(SIGNATURES)
