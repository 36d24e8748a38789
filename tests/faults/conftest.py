"""A house for each test of this folder, on both databases, with providers who remember everything that they took."""

import socket
from collections.abc import Callable, Iterator
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from support.books import BOTH
from support.fault import House, Zygote
from support.fault_channels import OURS, Chats, Doors, Forms, Line, Mails, Texts
from support.gate import Gate
from support.imap_server import Account, _shared_imap_server, mailbox_server, own_imap_server  # noqa: F401 - fixtures
from support.redis import RedisServer
from support.smtp_server import SmtpServer, submission_server  # noqa: F401 - a fixture
from support.telegram_server import TOKEN, TelegramServer
from support.twilio_server import ACCOUNT, AUTH_TOKEN, TwilioServer


@pytest.fixture(scope="session")
def zygote(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Zygote]:
    """The house, loaded once a test process."""
    loaded = Zygote(tmp_path_factory.mktemp("zygote"))
    yield loaded
    loaded.stop()


@pytest.fixture(params=BOTH)
def book_url(request: pytest.FixtureRequest) -> str:
    """A migrated book on SQLite and on PostgreSQL; "own" is the test's `own_book`."""
    return str(request.getfixturevalue("own_book" if request.param == "own" else f"{request.param}_url"))


@pytest.fixture
def house(
    zygote: Zygote,
    book_url: str,
    redis_server: RedisServer,
    tmp_path: Path,
    free_port: int,
    monkeypatch: pytest.MonkeyPatch,
) -> Iterator[House]:
    """A house on SQLite and on PostgreSQL, with a Redis of its own that a test may break."""
    ours = House(
        zygote,
        tmp_path,
        book_url,
        {
            "EARSHOT_VAR": str(tmp_path / "var"),
            "EARSHOT_REDIS_URL": redis_server.url,
            "EARSHOT_SECRET_KEY": "a secret for the tests, longer than thirty-two characters",
            "EARSHOT_BIND": f"127.0.0.1:{free_port}",
            "EARSHOT_LANDLORD": "Larchmere Homes",
        },
        free_port,
    )
    yield ours
    ours.stop()


@pytest.fixture
def texts(house: House) -> Iterator[Texts]:
    """The house speaks with a Twilio on the loopback; its web is not started yet."""
    with TwilioServer() as twilio:
        house.variables |= {
            "EARSHOT_TWILIO_ACCOUNT_SID": ACCOUNT,
            "EARSHOT_TWILIO_AUTH_TOKEN": AUTH_TOKEN,
            "EARSHOT_TWILIO_FROM": OURS,
            "EARSHOT_TWILIO_API_BASE": twilio.url,
            "EARSHOT_SMS_QUIET_SECONDS": "0",
        }
        yield Texts(house, twilio)
        house.stop()


@pytest.fixture
def mails(house: House, mailbox_server: Account, submission_server: SmtpServer) -> Iterator[Mails]:  # noqa: F811
    """The house collects from Dovecot, and sends by a server that files copies into its Sent folder."""
    house.variables |= {
        "EARSHOT_IMAP_URL": mailbox_server.imap_url,
        "EARSHOT_SMTP_URL": submission_server.url,
        "EARSHOT_MAIL_FROM": "Larchmere Homes <info@larchmere.example>",
        "EARSHOT_SMTP_KEEPS_COPIES": "true",
    }
    yield Mails(mailbox_server, submission_server)
    house.stop()


@pytest.fixture
def forms(house: House, mails: Mails) -> Forms:
    """The house has its form on the web, and answers by e-mail."""
    return Forms(mails.account, mails.submission, house=house)


@pytest.fixture
def doors(house: House, mails: Mails) -> Doors:
    """The house has an SMTP door, and answers by e-mail."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = int(probe.getsockname()[1])
    house.variables["EARSHOT_SMTP_DOOR_BIND"] = f"127.0.0.1:{port}"
    return Doors(mails.account, mails.submission, house=house, port=port)


@pytest.fixture
def chats(house: House) -> Iterator[Chats]:
    """The house has a bot, to which Telegram pushes."""
    with TelegramServer() as telegram:
        house.variables |= {"EARSHOT_TELEGRAM_TOKEN": TOKEN, "EARSHOT_TELEGRAM_API_BASE": telegram.url}
        yield Chats(house, telegram)
        house.stop()


@pytest.fixture
def polled(house: House, chats: Chats) -> Chats:
    """The house has a bot and no public address, so that it asks Telegram."""
    house.public = False
    chats.name = "chat, polled"
    return chats


LINES = {"sms": "texts", "email": "mails", "form": "forms", "door": "doors", "chat": "chats", "polled": "polled"}


@pytest.fixture
def channel(request: pytest.FixtureRequest) -> Line:
    """The channel that a test names by an indirect parameter."""
    found: Line = request.getfixturevalue(LINES[request.param])
    return found


@pytest.fixture
def database(house: House) -> str:
    """The name of the database, for the table."""
    return "SQLite" if house.database_url.startswith("sqlite") else "PostgreSQL"


@pytest.fixture
def gate(house: House) -> Iterator[Callable[[str], Gate]]:
    """Put a gate, shut, before the server whose address the variable holds."""
    made: list[Gate] = []

    def stand(variable: str) -> Gate:
        url = urlsplit(house.variables[variable])
        assert url.port is not None
        made.append(Gate(url.port))
        house.variables[variable] = f"{url.scheme}://127.0.0.1:{made[-1].port}"
        return made[-1]

    yield stand
    house.stop()
    for one in made:
        one.shut()
