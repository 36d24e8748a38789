"""What stands outside: the mailbox, the mail server, Twilio, Telegram, and where staff are alerted."""

import http.client
import time
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from urllib.parse import urlsplit

from casework.settings import settings
from channels.chat import settings as chat
from channels.email import plus
from channels.email import settings as email
from channels.email.imap_line import ImapLine
from channels.errors import ChannelError
from channels.sms import settings as sms
from commands.doctor import letters
from commands.doctor.finding import Broken, NotSetUp

ARRIVES_WITHIN = 60.0
ARRIVES_BEHIND_A_PLUS_WITHIN = 20.0
NOBODYS_TOKEN = "10000000f-" + "a" * 16  # in the form of ours
DRIFT = timedelta(seconds=30)


def mailbox() -> str:
    """Log in and open the folder; where mail can be sent too, `mail_to_ourselves` says more."""
    if email.settings().imap_url is None:
        raise NotSetUp("set EARSHOT_IMAP_URL to collect mail")
    address = email.settings().imap
    line = ImapLine(address)
    try:
        line.open()
        with line.talking("opened"):
            seen = line.client.select_folder(address.folder, readonly=True)
            idle = "IDLE" if line.client.has_capability("IDLE") else "no IDLE, so it is asked every 20 s"
    except ChannelError as error:
        raise Broken(str(error)) from error
    finally:
        line.close()
    return f"{address}, {address.folder} with {seen.get(b'EXISTS', 0)} mails, {idle}"


def mail_to_ourselves() -> str:
    """Send ourselves a mail and wait for it: nothing else proves that residents get answers and we get theirs."""
    known = email.settings()
    missing = known.missing()
    if missing:
        raise NotSetUp(f"set {' and '.join(missing)} to have mail proved by a letter to ourselves")
    started = time.monotonic()
    message_id = letters.post(known, known.sender.address)
    while not letters.has_arrived(known, message_id):
        if time.monotonic() - started > ARRIVES_WITHIN:
            raise Broken(
                f"a mail from {known.sender.address} to itself was taken by {known.smtp} but is not in the mailbox "
                f"after {ARRIVES_WITHIN:.0f} s: is {known.sender.address} delivered to {known.imap}?"
            )
        time.sleep(0.5)
    return f"a mail to ourselves arrived after {time.monotonic() - started:.1f} s"


def reply_address() -> str:
    """Whether an answer to `info+token@…` comes back to us: only then may residents be asked to write there."""
    known = email.settings()
    if missing := known.missing():
        raise NotSetUp(f"set {' and '.join(missing)} to have answers find their case by their address")
    trouble = _trouble_behind_a_plus(known)
    if known.mail_reply_tokens and trouble:
        raise Broken(f"{trouble}: residents' answers are being lost. Set EARSHOT_MAIL_REPLY_TOKENS=false now")
    if trouble:
        raise NotSetUp(f"{trouble}, so answers find their case by thread and sender alone")
    if not known.mail_reply_tokens:
        raise NotSetUp("mail to our address with a plus arrives: you can set EARSHOT_MAIL_REPLY_TOKENS=true")
    return "an answer to the address of a case arrives"


def _trouble_behind_a_plus(known: email.Settings) -> str:
    address = plus.with_token(known.sender.address, NOBODYS_TOKEN)
    if not address:
        return f"{known.sender.address} is too long to carry a token"
    try:
        message_id = letters.post(known, address)
    except Broken:
        return "the mail server takes no mail to our address with a plus"
    started = time.monotonic()
    while not letters.has_arrived(known, message_id):
        if time.monotonic() - started > ARRIVES_BEHIND_A_PLUS_WITHIN:
            return "mail to our address with a plus does not arrive"
        time.sleep(0.5)
    return ""


def twilio() -> str:
    missing = sms.settings().missing()
    if missing:
        raise NotSetUp(f"set {' and '.join(missing)} for texts")
    from channels.sms import provider

    try:
        with provider.plain_errors(sending=False):
            account = provider.client().api.accounts(sms.settings().twilio_account_sid).fetch()
    except ChannelError as error:
        raise Broken(f"{error} Check EARSHOT_TWILIO_ACCOUNT_SID and EARSHOT_TWILIO_AUTH_TOKEN.") from error
    finally:
        provider.close()
    if account.status != "active":
        raise Broken(f"Twilio says that the account is {account.status}: see to it in Twilio's console")
    pushed = f"{settings().address}/webhooks/sms"
    return f"account active, texts from {sms.settings().twilio_from}; Twilio must push to {pushed}"


def telegram() -> str:
    known = chat.settings()
    if known.missing():
        raise NotSetUp(f"set {' and '.join(known.missing())} for chats")
    from channels.chat import bot, registration

    try:
        name = registration.bot_name()
        trouble = registration.trouble(known.public_url if known.is_pushed else None)
    except ChannelError as error:
        raise Broken(str(error)) from error
    finally:
        bot.close()
    if trouble:
        raise Broken(trouble)
    return f"@{name}, {'pushed to us' if known.is_pushed else 'collected by polling'}"


def staff_alerts() -> str:
    urls = settings().staff_alerts.get_secret_value().split()
    if not urls:
        raise NotSetUp("set EARSHOT_STAFF_ALERTS, or a hazard at night is seen only by who looks at the console")
    import apprise

    for place, url in enumerate(urls, start=1):
        if apprise.Apprise.instantiate(url) is None:
            raise Broken(f"address {place} of EARSHOT_STAFF_ALERTS is not one that Apprise knows")
    return f"{len(urls)} addresses that Apprise knows (none was written to)"


def provider_clock() -> str:
    """Our time beside a provider's, by the Date of its answer: signatures and due dates hang on it."""
    bases = []
    if not chat.settings().missing():
        bases.append(chat.settings().telegram_api_base)
    if not sms.settings().missing():
        bases.append(sms.settings().twilio_api_base)
    if not bases:
        raise NotSetUp("no provider is set up whose clock could be compared with ours")
    drift = _drift(bases[0])
    if drift > DRIFT:
        raise Broken(f"our clock is {drift.total_seconds():.0f} s away from {urlsplit(bases[0]).netloc}'s: follow NTP")
    return f"within {max(drift.total_seconds(), 1):.0f} s of {urlsplit(bases[0]).netloc}'s"


def _drift(base: str) -> timedelta:
    parts = urlsplit(base)
    kind = http.client.HTTPSConnection if parts.scheme == "https" else http.client.HTTPConnection
    asked = kind(parts.netloc, timeout=10)
    try:
        asked.request("HEAD", "/")
        said = asked.getresponse().getheader("Date")
    except (OSError, http.client.HTTPException) as error:
        raise Broken(f"{parts.netloc} cannot be reached ({type(error).__name__})") from error
    finally:
        asked.close()
    if said is None:
        raise NotSetUp(f"{parts.netloc} does not tell its time")
    return abs(datetime.now(UTC) - parsedate_to_datetime(said))
