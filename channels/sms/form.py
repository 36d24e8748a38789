"""The form-encoded body that Twilio posts, as names and values."""

from urllib.parse import parse_qsl

from channels.errors import UnreadablePayload

_MOST_FIELDS = 1000  # a text with ten pictures has about forty


def form(raw: bytes) -> tuple[dict[str, str], tuple[str, ...]]:
    """The fields, and what was wrong with their encoding; raises UnreadablePayload when it is no form.

    Twilio sends UTF-8. Anything else is read as Windows-1252, so that no text is lost for a letter.
    """
    try:
        encoded = raw.decode("ascii")
        return _fields(encoded, "utf-8"), ()
    except UnicodeDecodeError:
        pass
    except ValueError as error:
        raise UnreadablePayload("This form has far more fields than a text message.") from error
    try:
        fields = _fields(raw.decode("latin-1"), "cp1252", errors="replace")
    except ValueError as error:
        raise UnreadablePayload("This form has far more fields than a text message.") from error
    return fields, ("The text was not in UTF-8; it was read as Windows-1252.",)


def _fields(encoded: str, encoding: str, errors: str = "strict") -> dict[str, str]:
    pairs = parse_qsl(encoded, keep_blank_values=True, encoding=encoding, errors=errors, max_num_fields=_MOST_FIELDS)
    return dict(pairs)
