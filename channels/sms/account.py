"""Whether Twilio knows our account: for `earshot doctor`."""

from channels.errors import ChannelError


def account_name() -> str:
    """The account's own name, which proves that the account and its token work; raises ChannelError."""
    from channels.sms import provider  # here, because importing it costs 0.3 s

    with provider.plain_errors(sending=False):
        client = provider.client()
        found = client.api.accounts(client.account_sid).fetch()
        if found.status != "active":
            raise ChannelError(f"Our Twilio account is {found.status}.")
        return str(found.friendly_name)
