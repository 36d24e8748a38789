"""A resident's phone, on the other side of the loopback Twilio."""

from support.cast import NGOZI, OUR_NUMBER, Resident
from support.house import House
from support.twilio_server import ACCOUNT, AUTH_TOKEN, TwilioServer


def texts_by(twilio: TwilioServer) -> dict[str, str]:
    """The variables of a house that texts by this Twilio."""
    return {
        "EARSHOT_TWILIO_ACCOUNT_SID": ACCOUNT,
        "EARSHOT_TWILIO_AUTH_TOKEN": AUTH_TOKEN,
        "EARSHOT_TWILIO_API_BASE": twilio.url,
        "EARSHOT_PUBLIC_URL": "HERE",
    }


class Handset:
    """The phone of somebody who texts this house."""

    def __init__(self, twilio: TwilioServer, house: House, owner: Resident = NGOZI) -> None:
        self._twilio, self._house, self._owner = twilio, house, owner

    def text(self, words: str) -> None:
        assert self._twilio.push_text(f"{self._house.url}/webhooks/sms", self._owner.phone, words) == 200

    def received(self, count: int) -> str:
        """The newest text once there are so many; each came from our number to this one."""
        self._house.until(lambda: len(self._twilio.messages) >= count, f"text number {count}")
        taken = self._twilio.messages
        assert len(taken) == count
        assert {(text["from"], text["to"]) for text in taken} == {(OUR_NUMBER, self._owner.phone)}
        return str(taken[-1]["body"])
