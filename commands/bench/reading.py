"""How fast messages are read: parsing a mail, and classifying its words beside spaCy's own bag of words.

Rates are of one process and one core; the ratio to spaCy's tokenizer and bag of words on the same texts is the
figure that travels from one machine to another.
"""

import json
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from typing import Any

from commands.bench.mails import mail, words

MANY = 2000
ENDLESS = 100_000
STARTING = """
import json, time
import spacy
began = time.perf_counter()
from classifier.pipeline import load
load().assess("The boiler is out again and nobody came.")
print(json.dumps(round(time.perf_counter() - began, 2)))
"""
READING = """
import json, resource
from classifier.pipeline import load
from commands.bench.reading import ENDLESS, MANY, worded
reader, peaks = load(), {}
for number in range(0, ENDLESS, MANY):
    reader.assess_many([worded(number + step) for step in range(MANY)])
    if number + MANY in (ENDLESS // 10, ENDLESS):
        peaks[f"mib_after_{number + MANY}"] = round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024)
print(json.dumps(peaks))
"""


def measure() -> dict[str, Any]:
    """Mails parsed and texts classified a second, the ratio to spaCy's bag of words, start and memory of a reader."""
    from datetime import UTC, datetime

    from channels.email.inbound import read
    from classifier.pipeline import load

    now = datetime.now(UTC)
    mails = [mail(number) for number in range(MANY)]
    texts = {
        "short": [words(number)[:60] for number in range(MANY)],
        "ordinary": [words(number) for number in range(MANY)],
        "long": [" ".join(words(number + step) for step in range(8)) for number in range(MANY // 8)],
    }
    reader, bag = load(), _bag_of_words()
    rates = {name: _beside(reader.assess_many, bag, some) for name, some in texts.items()}
    return {
        "mails_parsed_per_second": _rate(lambda: [read(raw, received_at=now) for raw in mails], MANY),
        "texts_classified_per_second": rates["ordinary"]["classified_per_second"],
        "beside_spacys_bag_of_words": {name: figures["ratio"] for name, figures in rates.items()},
        "seconds_to_start_beyond_importing_spacy": _in_a_process_of_its_own(STARTING),
        "memory": _in_a_process_of_its_own(READING),
    }


def _bag_of_words() -> Callable[[Sequence[str]], object]:
    import spacy

    nlp = spacy.blank("en")
    architecture = {"@architectures": "spacy.TextCatBOW.v3", "exclusive_classes": False, "ngram_size": 1}
    statistics: Any = nlp.add_pipe(
        "textcat_multilabel", config={"model": {**architecture, "length": 262144, "no_output_layer": False}}
    )
    for label in ("complaint", "service_request", "compliment", "comment"):
        statistics.add_label(label)
    nlp.initialize()

    def read(texts: Sequence[str]) -> None:
        with nlp.memory_zone():
            for _ in nlp.pipe(texts, batch_size=128):
                pass

    return read


def _beside(
    ours: Callable[[Sequence[str]], object], theirs: Callable[[Sequence[str]], object], texts: Sequence[str]
) -> dict[str, float]:
    """The best of three rounds of each, taken in turn."""
    rounds = [(_rate(lambda: ours(texts), len(texts)), _rate(lambda: theirs(texts), len(texts))) for _ in range(3)]
    best, limit = (max(rates) for rates in zip(*rounds, strict=True))
    return {"classified_per_second": best, "ratio": round(best / limit, 2)}


def worded(number: int) -> str:
    """An ordinary message with words that no other has."""
    return f"{words(number)} Ref {number:x}q{number % MANY}z."


def _in_a_process_of_its_own(script: str) -> Any:
    """`STARTING`: seconds until the first message is read, not counting `import spacy`. `READING`: the most memory
    that a reader took for a tenth, and for all, of `ENDLESS` messages."""
    ran = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)  # noqa: S603
    return json.loads(ran.stdout)


def _rate(work: Callable[[], object], count: int) -> int:
    began = time.perf_counter()
    work()
    return round(count / (time.perf_counter() - began))
