"""E-mail addresses and phone numbers, written one way so that equal people compare equal."""

import re

import phonenumbers

_EMAIL = re.compile(
    r"[^\s@<>()\[\]\\,;:\"]{1,64}@(?:[^\W_](?:[\w-]{0,61}[^\W_])?\.)+[^\W\d_](?:[\w-]{0,61}[^\W_])?", re.UNICODE
)
_LONGEST_EMAIL = 254  # RFC 5321, 4.5.3.1.3, less the angle brackets
_FEWEST_DIGITS = 9  # the shortest national numbers in the United Kingdom; less is a short code or a slip


def email_address(written: str) -> str | None:
    """The address in lower case, or None when it cannot be one."""
    address = written.strip().lower()
    local = address.partition("@")[0]
    if len(address) > _LONGEST_EMAIL or not _EMAIL.fullmatch(address):
        return None
    if local.startswith(".") or local.endswith(".") or ".." in local:
        return None
    return address


def phone_number(written: str) -> str | None:
    """The number as E.164, read as a British one unless it says its country, or None when it cannot be one."""
    if len(written) > 40:
        return None
    try:
        number = phonenumbers.parse(written, "GB")
    except phonenumbers.NumberParseException:
        return None
    if len(str(number.national_number)) < _FEWEST_DIGITS or not phonenumbers.is_possible_number(number):
        return None
    return str(phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164))
