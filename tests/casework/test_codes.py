"""Six digits that only whoever got them can know."""

from hypothesis import given
from hypothesis import strategies as st

from casework.codes import code_of, is_code, new_nonce

SECRET = "a secret that only these tests know"


@given(st.text(max_size=40))
def test_a_code_is_six_digits_and_typed_with_any_spaces(nonce: str) -> None:
    code = code_of(nonce, SECRET)
    assert len(code) == 6
    assert code.isdecimal()
    assert is_code(f" {code[:3]} {code[3:]}\n", nonce, SECRET)
    assert is_code(f"{code[:3]}-{code[3:]}", nonce, SECRET)


@given(st.text(max_size=12))
def test_whatever_else_is_typed_is_wrong(typed: str) -> None:
    nonce = "a-nonce"
    assert is_code(typed, nonce, SECRET) is ("".join(typed.replace("-", "").split()) == code_of(nonce, SECRET))


def test_every_nonce_has_its_own_code_and_another_key_another() -> None:
    nonces = {new_nonce() for _ in range(200)}
    assert len(nonces) == 200
    assert len({code_of(nonce, SECRET) for nonce in nonces}) > 190
    assert code_of("one", SECRET) != code_of("one", SECRET + "!")
