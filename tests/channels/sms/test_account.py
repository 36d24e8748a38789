"""What `earshot doctor` asks of Twilio."""

import pytest
from support.twilio_server import TwilioServer

from channels.errors import ChannelError
from channels.sms.account import account_name


def test_a_working_account_gives_its_name(twilio: TwilioServer) -> None:
    assert account_name() == "Larchmere Homes"


def test_a_wrong_token_is_told_in_words(twilio: TwilioServer) -> None:
    twilio.auth_token = "another"
    with pytest.raises(ChannelError, match="check EARSHOT_TWILIO_ACCOUNT_SID"):
        account_name()
