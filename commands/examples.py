"""What staff said, as messages that the classifier can learn from, and which of them are only ever counted."""

import hashlib
from collections.abc import Sequence
from datetime import datetime

from sqlalchemy.orm import Session

from casework.storage import examples
from casework.storage.learning_tables import Example
from casework.storage.messages import words_of
from channels import registry
from classifier import corpus
from classifier.corpus import Message
from classifier.labels import FACTS, Hazard, Label

HELD_BACK = 4
"""One example in so many is never trained on."""

_WHAT_IS_READ = ("vulnerability", "wants")


def messages_to_learn(session: Session, *, now: datetime) -> list[Message]:
    """Every example that may teach by now and has words."""
    return [message_of(found) for found in examples.teaching(session, now=now) if _words(found).strip()]


def held_back(found: Message) -> bool:
    """Whether this example is only counted: by a hash of the message's name, so that it never changes sides."""
    return hashlib.sha256(found.id.encode()).digest()[0] % HELD_BACK == 0


def message_of(example: Example) -> Message:
    """The example as a row of a corpus: labels and hazards are the person's word, the rest is what was read."""
    heard = example.message
    read = heard.assessment or {}
    row = {
        "id": f"message-{heard.id}",
        "text": _words(example),
        "channel": heard.channel,
        "labels": _labels(example.labels),
        "hazards": [hazard for hazard in example.hazards if hazard in set(Hazard)],
        **{name: read.get(name, []) for name in _WHAT_IS_READ},
        **{name: bool(read.get(name)) for name in FACTS},
        "language": read.get("language") if read.get("language") not in (None, "und") else "en",
        "voice": "",
        "register": _register(heard.channel),
        "author": "staff",
        "variety": "standard",
    }
    return corpus.message(row)


def _labels(given: Sequence[str]) -> list[str]:
    """A message is a comment only when it is nothing else (annotation guide)."""
    known = [label for label in given if label in set(Label)]
    return [label for label in known if label != Label.COMMENT] or known


def _words(example: Example) -> str:
    return words_of(example.message.subject, example.message.new_text or example.message.text)


def _register(channel: str) -> str:
    """How people write there, in the corpus's words, of which a new channel brings none."""
    known = {"sms": "sms", "chat": "chat", "email": "email", "webform": "form", "staff": "dictated"}
    by_form = "email" if channel in registry.names() and registry.get(channel).description.form == "email" else "chat"
    return known.get(channel, by_form)
