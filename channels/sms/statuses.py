"""What Twilio's message states and error codes mean for a notice that we owe."""

from channels.message import ReceiptStatus

RECEIPT: dict[str, ReceiptStatus] = {
    "accepted": "accepted",
    "scheduled": "accepted",
    "queued": "accepted",
    "sending": "accepted",
    "sent": "accepted",  # handed to the mobile network: not yet proof (law 4)
    "partially_delivered": "accepted",
    "delivered": "delivered",
    "read": "delivered",
    "undelivered": "failed",
    "failed": "failed",
    "canceled": "failed",
}

STOPPED = 21610
"""The owner of the number has replied STOP to Twilio itself."""

# Codes after which the same text to the same number will never go. 30003 (phone off or out of reach),
# 30001, 30002, 30008 and 30022 are left out: those may go another day.
_PERMANENT: dict[int, str] = {
    21211: "This is not a phone number.",
    21214: "This number cannot be reached.",
    21217: "This is not a phone number.",
    21408: "Our Twilio account may not send to this country.",
    STOPPED: "The owner of this number has replied STOP, so texts to it are blocked.",
    21612: "Our number cannot send to this number.",
    21614: "This number cannot receive texts.",
    21617: "This text is too long for Twilio.",
    30004: "The owner of this number or the network blocks our texts.",
    30005: "This number does not exist or is no longer in use.",
    30006: "This is a landline, or its network cannot be reached.",
    30007: "The mobile network filtered this text as unwanted.",
    30010: "This text costs more than our Twilio account allows.",
    63016: "WhatsApp takes only approved templates a day after the resident's last message.",
    63024: "This number is not on WhatsApp.",
}
_PASSING: dict[int, str] = {
    20003: "Twilio refused our account: check EARSHOT_TWILIO_ACCOUNT_SID and EARSHOT_TWILIO_AUTH_TOKEN.",
    20429: "Twilio is taking no more requests from us for now.",
    21606: "Twilio says that EARSHOT_TWILIO_FROM is not a number of ours that can send texts.",
    30001: "Twilio's queue for our number is full.",
    30002: "Our Twilio account is suspended.",
    30003: "The phone is switched off or out of reach.",
    30008: "The mobile network gave no reason.",
    30022: "Twilio is sending too many of our texts at once.",
}


def is_permanent(code: int | None) -> bool:
    """Whether the same text to the same number will never go."""
    return code in _PERMANENT


def sentence(code: int | None) -> str:
    """What staff should read about an error code, empty when there is none."""
    if code is None:
        return ""
    words = _PERMANENT.get(code) or _PASSING.get(code) or "Twilio could not deliver this text."
    return f"{words} (Twilio error {code})"
