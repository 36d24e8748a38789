"""Any text gets an answer, in bounded time, and the same one every time."""

import time
from dataclasses import replace

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from classifier.corpus import Message, heldout
from classifier.labels import Label
from classifier.manners import core_of
from classifier.pipeline import LONGEST, Reader

from_any_keyboard = st.text(st.characters(), max_size=400)
words = st.lists(
    st.sampled_from(
        [
            "boiler",
            "nobody",
            "came",
            "again",
            "thanks",
            "still",
            "waiting",
            ".",
            "?",
            "\n",
            "🙄",
            "3",
            "wks",
            "gas",
            "not",
        ]
    ),
    max_size=60,
).map(" ".join)
relaxed = settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])


@relaxed
@given(st.one_of(from_any_keyboard, words))
def test_every_text_gets_an_answer_whose_spans_lie_inside_it(reader: Reader, text: str) -> None:
    found = reader.assess(text)
    assert found.labels
    assert found.primary in found.labels
    assert set(found.probabilities) == set(Label)
    assert all(0.0 <= chance <= 1.0 for chance in found.probabilities.values())
    for piece in found.evidence:
        assert 0 <= piece.start < piece.end <= len(text)
        assert text[piece.start : piece.end] == piece.text


@relaxed
@given(st.lists(words, min_size=1, max_size=6))
def test_a_batch_reads_as_each_message_alone_whatever_the_order(reader: Reader, texts: list[str]) -> None:
    together = reader.assess_many(texts)
    for others in ([reader.assess(text) for text in texts], reader.assess_many(texts[::-1])[::-1]):
        for one, other in zip(together, others, strict=True):
            # sums of many numbers are rounded otherwise at another place of a batch, in the seventh digit
            assert one.probabilities == pytest.approx(other.probabilities, abs=1e-4)
            assert replace(one, probabilities={}) == replace(other, probabilities={})


@pytest.mark.parametrize(
    "text", ["", " ", "\n\n\t", "\u200b", "🙄🙄🙄", "!!!???", "12345", "\x00\x01\x02", "\ud800 broken"]
)
def test_a_text_without_words_is_reviewed_and_never_crashes(reader: Reader, text: str) -> None:
    assert reader.assess(text).review or "broken" in text


@pytest.mark.parametrize(
    "text",
    [
        "boiler broken again " * 25_000,
        "a" * 1_000_000,
        "told told told was was said " * 20_000,
        "🙄" * 100_000,
        "\n" * 200_000,
        "nobody " * 100_000,
        bytes(range(256)).decode("latin-1") * 2_000,
    ],
    ids=["long complaint", "one long word", "near misses", "emoji", "newlines", "one word", "binary"],
)
def test_a_hundred_thousand_words_are_read_in_bounded_time_and_always_reviewed(reader: Reader, text: str) -> None:
    began = time.monotonic()
    found = reader.assess(text)
    assert time.monotonic() - began < 20
    assert found.review
    assert "too_long" in found.review_reasons
    assert all(piece.end <= LONGEST for piece in found.evidence)


def test_no_messages_give_no_answers(reader: Reader) -> None:
    assert reader.assess_many([]) == []


def test_messages_may_come_from_a_stream(reader: Reader) -> None:
    assert len(reader.assess_many(text for text in ["hello"] * 300)) == 300


@pytest.mark.parametrize(
    ("language", "text"),
    [
        ("pl", "Dzień dobry, od tygodnia nie mamy ciepłej wody i nikt nie przyszedł. Proszę o pomoc."),
        ("ro", "Bună ziua, nu avem apă caldă de o săptămână și nu a venit nimeni. Vă rog să ne ajutați."),
        ("es", "Buenos días, no tenemos agua caliente desde el lunes y nadie ha venido. Gracias."),
        ("pt", "Bom dia, não temos água quente desde segunda e ninguém veio. Obrigado."),
        ("ar", "السلام عليكم، لا يوجد ماء ساخن في البيت منذ أسبوع"),
        ("ru", "Здравствуйте, у нас нет горячей воды уже неделю"),
        ("bn", "আমাদের বাড়িতে এক সপ্তাহ ধরে গরম জল নেই"),
        ("cy", "Bore da, nid oes dŵr poeth yn y tŷ ac mae hi yn oer. Diolch."),
        ("tr", "Merhaba, bir haftadır sıcak su yok ve evde bebek var. Lütfen yardım."),
    ],
)
def test_another_language_is_named_and_sent_to_a_person(reader: Reader, language: str, text: str) -> None:
    found = reader.assess(text)
    assert (found.language, found.review) == (language, True)
    assert "other_language" in found.review_reasons


@pytest.mark.parametrize(
    "text",
    [
        "Waxaan rabaa inaan sheego in biyaha kulul aysan jirin guriga. Fadlan.",
        "bhai teesri dafa bata raha hun, lift ke sath wala darwaza phir se kharab hai",
    ],
)
def test_what_cannot_be_named_goes_to_a_person_all_the_same(reader: Reader, text: str) -> None:
    assert reader.assess(text).review


@pytest.mark.parametrize(
    "text", ["boiler broke", "wots happenin wi ma door pal", "no come man today", "Ta duck", "gas smell", "help"]
)
def test_broken_or_dialect_english_is_still_english(reader: Reader, text: str) -> None:
    assert reader.assess(text).language == "en"


GREETINGS = (
    "Hi, ",
    "Hello,\n\n",
    "Dear Sir or Madam,\n",
    "Good morning. ",
    "Dear Mrs Patel,\n\nI hope you are well.\n\n",
    "Hiya! ",
)
SIGNATURES = (
    "",
    "\n\nKind regards,\nNgozi Okafor",
    "\nThanks",
    "\n\nYours faithfully\nMr T. Reid\n12 Larch Court",
    "\nSent from my iPhone",
)


@relaxed
@given(st.sampled_from(heldout("test")), st.sampled_from(GREETINGS), st.sampled_from(SIGNATURES))
def test_greeting_and_signature_change_nothing_that_is_read(
    reader: Reader, found: Message, greeting: str, signature: str
) -> None:
    bare = core_of(found.text).text
    plain, wrapped = reader.assess(bare), reader.assess(greeting + bare + signature)
    assert (wrapped.labels, wrapped.review, wrapped.urgent) == (plain.labels, plain.review, plain.urgent)
    assert [piece.text for piece in wrapped.evidence] == [piece.text for piece in plain.evidence]


@pytest.mark.parametrize("middle", ["THANK YOU FOR THE RED STICKER ON MY BIN ", "A", "A1 (", "Mr O'Neill, 12-14 "])
def test_capitals_after_thanks_are_read_in_no_time(middle: str) -> None:
    began = time.monotonic()
    text = "THE BIN IS FULL.\nTHANK YOU " + middle * (200 // len(middle)) + '"now".'
    assert core_of(text).text == text
    assert time.monotonic() - began < 0.5


@pytest.mark.parametrize(
    ("text", "core"),
    [
        (
            "Hello, I hope that you are well.\n\nboiler broken\n\nKind regards,\nNgozi Okafor\n12 Larch Court",
            "boiler broken",
        ),
        ("Hi there\nboiler dead\nThanks for fixing it last week", "boiler dead\nThanks for fixing it last week"),
        (
            "Nobody came\n\nRegards\nJo\n\nPS the boiler is out again",
            "Nobody came\n\nRegards\nJo\n\nPS the boiler is out again",
        ),
        ("hi the heating is off", "hi the heating is off"),
        ("thanks\nJo", "thanks\nJo"),
        ("Hello", "Hello"),
        ("Dear Mr Patel,\nnobody came.\nYours faithfully\nJ. Smith (Mrs)\n07700 900123", "nobody came."),
    ],
)
def test_only_what_is_plainly_greeting_or_signature_is_left_out(text: str, core: str) -> None:
    assert core_of(text).text == core
    assert text[core_of(text).start :].startswith(core)
