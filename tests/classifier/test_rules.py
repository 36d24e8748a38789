"""What the law fixes, as a readable table of messages (pairs.tsv): few words differ, and everything that matters."""

from pathlib import Path

import pytest

from classifier.labels import Label
from classifier.pipeline import Reader

PAIRS = [
    line.split("\t")
    for line in Path(__file__).with_name("pairs.tsv").read_text(encoding="utf-8").splitlines()
    if not line.startswith("#")
]
HAZARD_PAIRS = [
    line.split("\t")
    for line in Path(__file__).with_name("hazard_pairs.tsv").read_text(encoding="utf-8").splitlines()
    if not line.startswith("#")
]
LETTERS = {"C": Label.COMPLAINT, "R": Label.SERVICE_REQUEST, "P": Label.COMPLIMENT, "M": Label.COMMENT}
SIDES = [
    pytest.param(text, LETTERS[letter], id=text[:60])
    for first, one, second, two, _ in PAIRS
    for text, letter in ((first, one), (second, two))
]
COMPLAINTS = [str(param.values[0]) for param in SIDES if param.values[1] is Label.COMPLAINT]
OTHERS = [param for param in SIDES if param.values[1] is not Label.COMPLAINT]
FALSE_ALARMS = 32  # of the 41 twins in hazard_pairs.tsv: the known weakness, the price of hearing more hazards
MISSED = 0.05  # of the complaints of these pairs, which are harder than the post: irony, mostly
MOST = 0.88  # of the other messages are read as what they are; the model card lists the kinds that are not


def silent(reader: Reader, text: str) -> bool:
    """Whether a complaint would go by unseen: neither read as one nor put before a person or the resident."""
    found = reader.assess(text)
    return found.primary is not Label.COMPLAINT and not found.review


def test_hardly_any_complaint_is_silently_taken_for_something_else(reader: Reader) -> None:
    missed = [text for text in COMPLAINTS if silent(reader, text)]
    assert len(missed) <= MISSED * len(COMPLAINTS), missed


def test_a_message_that_is_no_complaint_is_seldom_called_one(reader: Reader) -> None:
    wrong = [param.values[0] for param in OTHERS if reader.assess(str(param.values[0])).primary is Label.COMPLAINT]
    assert len(wrong) <= (1 - MOST) * len(OTHERS), wrong


def test_most_other_messages_are_read_as_what_they_are(reader: Reader) -> None:
    right = sum(reader.assess(str(param.values[0])).primary is param.values[1] for param in OTHERS)
    assert right >= MOST * len(OTHERS)


@pytest.mark.parametrize(
    ("text", "hazard"),
    [
        ("I can smell gas in the kitchen", "gas"),
        ("my carbon monoxide alarm is going off", "gas"),
        ("sparks are coming out of the socket", "electrical"),
        ("there are bare wires hanging from the ceiling", "electrical"),
        ("water is pouring through my ceiling", "flood"),
        ("a pipe has burst", "flood"),
        ("we have no heating and no hot water", "no_heating_or_hot_water"),
        ("boiler packed in again", "no_heating_or_hot_water"),
        ("black mould all over the bedroom wall", "damp_mould"),
        ("the bedroom ceiling has collapsed", "structural"),
        ("my front door will not lock", "security"),
        ("they drilled into asbestos and there is dust", "asbestos"),
        ("no water in any of the taps", "no_water"),
        ("sewage is coming up through the drain", "sewage"),
        ("the bin store is on fire", "fire"),
        ("the fire door won't close", "fire"),
        ("gaz smel in kichen pls help", "gas"),
        ("THANK YOU SO MUCH for the lovely kitchen!! by the way I can smell gas", "gas"),
    ],
)
def test_a_hazard_is_heard_whatever_the_label(reader: Reader, text: str, hazard: str) -> None:
    assert hazard in [found.value for found in reader.assess(text).hazards]


@pytest.mark.parametrize(("now", "hazard"), [pair[:2] for pair in HAZARD_PAIRS])
def test_a_hazard_that_is_there_now_is_heard(reader: Reader, now: str, hazard: str) -> None:
    assert hazard in [found.value for found in reader.assess(now).hazards]


def test_no_more_hazards_that_are_mended_past_or_manners_of_speaking_raise_an_alarm_than_the_model_card_admits(
    reader: Reader,
) -> None:
    wrong = [(hazard, twin) for _, hazard, twin in HAZARD_PAIRS if hazard in reader.assess(twin).hazards]
    assert len(wrong) <= FALSE_ALARMS, wrong


@pytest.mark.parametrize(
    "text",
    [
        "the gas engineer did the yearly check, all fine",
        "thank you for the lovely flowers",
        "when is bin day",
        "do I need a gas safety certificate?",
    ],
)
def test_a_hazard_that_is_only_mentioned_raises_no_alarm(reader: Reader, text: str) -> None:
    found = reader.assess(text)
    assert (found.hazards, found.urgent) == ((), False)


@pytest.mark.parametrize(
    ("text", "want"),
    [
        ("I want this taken to stage 2", "escalate_stage_2"),
        ("any update?", "status_update"),
        ("please withdraw my complaint", "withdraw"),
        ("STOP", "stop_messages"),
        ("can I speak to a real person", "speak_to_human"),
        ("I am going to the Housing Ombudsman", "ombudsman"),
    ],
)
def test_a_want_is_heard(reader: Reader, text: str, want: str) -> None:
    assert want in [found.value for found in reader.assess(text).wants]


def test_stop_inside_a_sentence_does_not_stop_messages(reader: Reader) -> None:
    assert reader.assess("stop sending that contractor round").wants == ()


@pytest.mark.parametrize(
    ("text", "who"),
    [
        ("no heating and a 3 month old baby here", "baby"),
        ("my mum is 84 and lives alone", "elderly"),
        ("my husband uses a wheelchair", "disability"),
        ("I am 30 weeks pregnant", "pregnancy"),
        ("my daughter has asthma", "illness"),
        ("my wife is on oxygen at home", "medical_device"),
        ("my ex has found me and he is threatening me", "domestic_abuse"),
        ("I have bad anxiety and can't cope", "mental_health"),
        ("I have two kids", "child"),
    ],
)
def test_who_lives_there_is_heard(reader: Reader, text: str, who: str) -> None:
    assert who in [found.value for found in reader.assess(text).vulnerability]


GREETING = "Hello, I hope that you are well.\n\n"
SIGNATURE = "\n\nKind regards,\nNgozi Okafor\n12 Larch Court"


@pytest.mark.parametrize("text", COMPLAINTS)
def test_a_greeting_and_a_signature_never_silence_a_complaint(reader: Reader, text: str) -> None:
    assert silent(reader, GREETING + text + SIGNATURE) == silent(reader, text)


@pytest.mark.parametrize(
    ("text", "flag"),
    [
        ("Please send me all the information you hold about me", "subject_access"),
        ("I have received someone else's letter with their bank details", "data_protection"),
        ("my solicitor will be in touch about a disrepair claim", "legal"),
        ("I am writing on behalf of my constituent", "press_or_mp"),
        ("under the Freedom of Information Act please tell me", "freedom_of_information"),
        ("somebody painted a racist slur on our wall", "hate"),
    ],
)
def test_a_duty_that_the_words_may_wake_is_flagged(reader: Reader, text: str, flag: str) -> None:
    assert flag in reader.assess(text).flags
