"""What the console highlights: in a long message only what decides it, and nothing that an officer would wave away."""

from classifier.assessment import Assessment
from classifier.evidence import BELONGS, MOST_TELLING, OUTRIGHT
from classifier.labels import Label
from classifier.pipeline import Reader

LETTER = """Dear Housing,

I have lived in this close since 1994 and I have never had a cross word with anybody. My husband did the garden.
Two weeks ago my sister came from Leeds and we had a lovely time. Nobody has a bad word to say about the close.
The lads who did the windows were very polite and they had their dinner on the wall.

The trouble is the back gutter. I rang about it in June and in August, a man came and looked up at it, and it is still
pouring down the wall of my bedroom. He said that somebody would be back within the week and nobody has been.

My neighbour's had hers done the same day she asked, but that was another firm. The bins are fine now. The new lights
are very good, you can see the step.

Yours truly,
Edna Marsh"""


def of_complaint(found: Assessment) -> list[str]:
    direct = {*OUTRIGHT, "dissatisfaction"}
    return [piece.text for piece in found.evidence if piece.cue in direct or BELONGS.get(piece.cue) is Label.COMPLAINT]


def test_a_long_letter_is_shown_by_the_sentences_that_decide_it(reader: Reader) -> None:
    found = reader.assess(LETTER)
    assert Label.COMPLAINT in found.labels
    begin, end = LETTER.index("The trouble is"), LETTER.index("My neighbour's")
    shown = of_complaint(found)
    inside = [text for text in shown if text in LETTER[begin:end]]
    assert len(inside) >= len(shown) - 1
    assert not {"since 1994", "Two weeks ago"} & set(shown)


def test_no_more_sentences_are_shown_for_a_complaint_than_an_officer_would_read_out(reader: Reader) -> None:
    found = reader.assess(LETTER * 3)
    sentences = {
        (LETTER * 3)[: piece.start].count(".")
        for piece in found.evidence
        if BELONGS.get(piece.cue) is Label.COMPLAINT and piece.cue not in OUTRIGHT
    }
    assert len(sentences) <= MOST_TELLING


def test_what_is_said_outright_is_shown_wherever_it_stands(reader: Reader) -> None:
    letter = LETTER.replace("The bins are fine now.", "I want to make a formal complaint.")
    assert "said_complaint" in {piece.cue for piece in reader.assess(letter).evidence}


def test_another_person_who_felt_terrible_and_a_writer_who_is_not_unreasonable_are_no_dissatisfaction(
    reader: Reader,
) -> None:
    found = reader.assess("I rang twice about the gate and it still sticks. He felt terrible. I am not unreasonable.")
    assert "unhappy" not in {piece.cue for piece in found.evidence}


def test_what_is_asked_for_is_shown_even_where_no_phrase_asks_for_it(reader: Reader) -> None:
    ask = "what I should like, when it suits, is the large settee shifting down to the skip."
    text = f"I am Doris at number 4, ninety in March. My hip is not what it was; {ask}"
    found = reader.assess(text)
    assert Label.SERVICE_REQUEST in found.labels
    requests = [piece.text for piece in found.evidence if piece.cue == "request"]
    assert requests
    assert any("settee" in shown for shown in requests)
