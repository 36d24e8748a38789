"""References survive a bad phone line: every slip is caught, every way of typing them is understood."""

from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from casework.reference import CHECK_LETTERS, find_reference, is_reference, new_reference, spoken

references = st.integers().map(lambda seed: new_reference(Random(seed)))


@given(references)
def test_a_new_reference_is_valid_and_never_starts_with_nought(reference: str) -> None:
    assert is_reference(reference)
    assert reference[0] != "0"
    assert reference[-1] in CHECK_LETTERS


def test_references_are_random_unless_told_otherwise() -> None:
    assert len({new_reference() for _ in range(200)}) == 200
    assert new_reference(Random(7)) == new_reference(Random(7))


@given(references, st.integers(0, 7), st.integers(1, 9))
def test_any_single_wrong_digit_is_caught(reference: str, place: int, shift: int) -> None:
    digits = list(reference.replace("-", ""))
    digits[place] = str((int(digits[place]) + shift) % 10)
    wrong = "".join(digits)
    assert not is_reference(f"{wrong[:4]}-{wrong[4:8]}-{wrong[8]}")
    assert find_reference(wrong) is None


@given(references, st.integers(0, 7), st.integers(0, 7))
def test_any_two_swapped_digits_are_caught(reference: str, one: int, other: int) -> None:
    digits = list(reference.replace("-", ""))
    digits[one], digits[other] = digits[other], digits[one]
    wrong = f"{''.join(digits[:4])}-{''.join(digits[4:8])}-{digits[8]}"
    assert is_reference(wrong) is (wrong == reference)


@given(references, st.sampled_from(CHECK_LETTERS))
def test_any_other_check_letter_is_caught(reference: str, letter: str) -> None:
    assert is_reference(reference[:-1] + letter) is (letter == reference[-1])


@pytest.mark.parametrize(
    "text",
    [
        "4817-2736-K",
        "4817 2736 k",
        "48172736K",
        "4817.2736.k",
        "4817 - 2736 - K",
        "4817, 2736, K",
        "4817–2736–K",  # the phone made en dashes of them
        "4817\u20112736\u2011K",  # or hyphens that do not break
        "４８１７-２７３６-Ｋ",  # full-width keyboard
        "4817-2736-\nK",  # wrapped by a mail program
        "Re: [4817-2736-K] Your complaint",
        "info+4817-2736-K@larchmere.example",
        "my case (4817-2736-K) is late",
        "ref4817-2736-K please",
        "Case 4817 2736 K, flat 12",
        "flat 12 4817-2736-K",
        "https://larchmere.example/case/4817-2736-K?from=text",
        "first 4817-2736-F which is wrong, then 4817-2736-K",
        "call 020 7946 0958 about 4817-2736-K",
    ],
)
def test_a_reference_is_found_however_it_is_typed(text: str) -> None:
    assert find_reference(text) == "4817-2736-K"


@pytest.mark.parametrize(
    "text",
    [
        "",
        "4817-2736",
        "4817-2736-F",
        "4817-2736-O",
        "0817-2736-K",
        "4817-2736-KX",
        "4817 2736 kitchen",
        "14817-2736-K",
        "4817-27361-K",
        "+44 7700 900123",
        "+447700900123 k",
        "020 4817 2736 k",
        "07700 900123 K",
        "0117 4817 2736 K",
        "on 12.11.2026 K",
        "AB4817-2736K",
    ],
)
def test_what_only_looks_like_a_reference_is_not_one(text: str) -> None:
    assert find_reference(text) is None


@given(st.text(max_size=200))
def test_any_text_can_be_searched(text: str) -> None:
    found = find_reference(text)
    assert found is None or is_reference(found)


@given(references, st.sampled_from(["", " ", "-", ".", " - "]), st.booleans())
def test_every_reference_is_found_in_every_common_form(reference: str, gap: str, lower: bool) -> None:
    typed = gap.join(reference.split("-"))
    assert find_reference(f"About {typed.lower() if lower else typed}: any news?") == reference


def test_a_phone_number_with_an_initial_is_never_found() -> None:
    numbers = Random(11)
    for _ in range(2000):
        number = f"07{numbers.randint(100, 999)} {numbers.randint(100000, 999999)}"
        for letter in CHECK_LETTERS:
            assert find_reference(f"Ring {number} {letter}") is None


def test_a_reference_is_spoken_digit_by_digit() -> None:
    assert spoken("4817-2736-K") == "four eight one seven, two seven three six, K for Kilo"
    with pytest.raises(ValueError, match="not a case reference"):
        spoken("4817-2736-F")


def test_a_hostile_text_is_searched_in_no_time() -> None:
    assert find_reference("1234 " * 50_000) is None
    assert find_reference("1234-5678-" * 20_000) is None
