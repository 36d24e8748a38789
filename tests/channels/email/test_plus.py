"""What stands behind the plus of our address, and the name of a mail by its Message-ID field alone."""

from datetime import UTC, datetime

from hypothesis import given
from hypothesis import strategies as st

from casework.links import reference_in_reply, reply_token_for
from casework.reference import new_reference
from channels.email import plus
from channels.email.inbound import name_in, read
from channels.email.smtp_line import _xtext

NOW = datetime(2026, 11, 22, 9, 0, tzinfo=UTC)
_locals = st.from_regex(r"[a-z0-9._-]{1,37}", fullmatch=True)


@given(_locals, st.randoms(use_true_random=False), st.booleans())
def test_what_was_put_behind_the_plus_is_found_there_again(local: str, random: object, upper: bool) -> None:
    reference = new_reference(random)  # type: ignore[arg-type]
    token = reply_token_for(reference, "a secret")
    address = plus.with_token(f"{local}@larchmere.example", token)
    assert len(address.rpartition("@")[0]) <= 64
    assert plus.without_token(address) == f"{local}@larchmere.example"
    found = plus.token_in(["stranger@example.org", address.upper() if upper else address])
    assert reference_in_reply(found, "a secret") == reference


@given(st.lists(st.text(max_size=100), max_size=5))
def test_no_address_however_odd_is_more_than_no_token(addresses: list[str]) -> None:
    assert isinstance(plus.token_in(addresses), str)


def test_an_address_that_would_be_too_long_carries_no_token() -> None:
    assert plus.with_token("x" * 60 + "@larchmere.example", reply_token_for("4817-2736-K", "a secret")) == ""


@given(st.binary(max_size=120).map(lambda raw: raw.replace(b"\n", b"").replace(b"\r", b"")))
def test_a_mail_has_the_same_name_by_its_message_id_field_as_by_the_whole_of_it(value: bytes) -> None:
    field = b"Message-ID: " + value + b"\r\n\r\n"
    whole = read(b"From: x@example.org\r\n" + field + b"No heating.\r\n", received_at=NOW).external_id
    assert name_in(field) == ("" if whole.startswith("sha256:") else whole)


@given(st.text(max_size=80))
def test_an_address_as_a_parameter_of_smtp_has_neither_space_nor_control(address: str) -> None:
    encoded = _xtext(address)
    assert all("!" <= sign <= "~" and sign != "=" for sign in encoded)
