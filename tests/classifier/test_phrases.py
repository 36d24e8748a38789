import pytest

from classifier import book
from classifier.phrases import Alphabet, PhraseError, compile_phrase
from classifier.tidy import letter_of


def found(phrase: str, message: str) -> list[str]:
    alphabet = Alphabet({"COME": ["came", "come"], "NEG": ["never", "not"], "BOTH": ["NEG", "COME"]})
    alphabet.learn([phrase])
    compiled = compile_phrase(phrase, alphabet)
    words = message.split()
    spelling = "".join(letter_of(word, alphabet) for word in words)
    return [" ".join(words[match.start() : match.end()]) for match in compiled.find(spelling)]


@pytest.mark.parametrize(
    ("phrase", "message", "expected"),
    [
        ("nobody came", "well nobody came today", ["nobody came"]),
        ("nobody COME", "nobody come . nobody came", ["nobody come", "nobody came"]),
        ("BOTH", "they never came", ["never", "came"]),
        ("you|they came", "they came and you came", ["they came", "you came"]),
        ("(no one|nobody) came", "no one came", ["no one came"]),
        ("never ..2 came", "he never actually really came", ["never actually really came"]),
        ("never ..1 came", "he never actually really came", []),
        ("never ..3 came", "he never did . she came", []),
        ("very? good", "good . very good", ["good", "very good"]),
        ("^ stop $", "stop", ["stop"]),
        ("^ stop $", "please stop", []),
        ("good , day", "good , day", ["good , day"]),
        ("good day", "good , day", ["good , day"]),
        ("NUM weeks", "3 weeks", ["3 weeks"]),
        ("AGE_OLD", "aged 84 since 2019 at 12", ["84"]),
        ("he PAST", "he shouted", ["he shouted"]),
    ],
)
def test_a_phrase_finds_what_it_says(phrase: str, message: str, expected: list[str]) -> None:
    assert found(phrase, message) == expected


@pytest.mark.parametrize("phrase", ["(never closed", "NOSUCHCLASS here", "..3", "word?", "a ) b"])
def test_a_phrase_that_makes_no_sense_is_refused(phrase: str) -> None:
    with pytest.raises(PhraseError):
        found(phrase, "anything")


def test_every_phrase_that_ships_compiles() -> None:
    for cue in book.book().cues:
        for phrase in (*cue.phrases, *cue.unless):
            list(phrase.find("."))


def test_every_cue_of_a_label_names_the_clause_that_makes_it_matter() -> None:
    silent = {cue.name for cue in book.book().cues if not cue.clause}
    assert silent <= {
        *("third_party", "praise", "polite_thanks", "question", "suggestion", "information", "resolved", "withdraw"),
        "stop_messages",
    }
