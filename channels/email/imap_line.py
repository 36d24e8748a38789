"""One IMAP connection whose every operation has a time limit, and whose troubles become one sentence."""

import contextlib
import re
import ssl
import threading
from collections.abc import Iterator

from imapclient import IMAPClient, SocketTimeout
from imapclient.exceptions import IMAPClientError, LoginError

from channels.email import oauth
from channels.email.settings import ServerAddress
from channels.errors import ChannelError, SignInRefused

CONNECT_SECONDS = 20
COMMAND_SECONDS = 60
FETCH_SECONDS = 240
# RFC 5530's words, and what Gmail, Dovecot and Exchange say beside them: the password is not to blame
_BUSY = re.compile(
    r"\[(?:UNAVAILABLE|LIMIT|INUSE|SERVERBUG|CONTACTADMIN|THROTTLED)\]|too many|maximum number|temporar|try again", re.I
)
_TROUBLE = (IMAPClientError, OSError, ssl.SSLError, EOFError, ValueError, KeyError)


class ImapLine:
    """`client` raises EOFError while the line is down; `open` and `talking` raise ChannelError."""

    def __init__(self, address: ServerAddress) -> None:
        self.address = address
        self._client: IMAPClient | None = None

    @property
    def client(self) -> IMAPClient:
        if self._client is None:
            raise EOFError("not connected")
        return self._client

    def open(self) -> None:
        address = self.address
        context = ssl.create_default_context() if address.security == "tls" else None
        try:
            self._client = IMAPClient(
                address.host,
                address.port,
                ssl=context is not None,
                ssl_context=context,
                timeout=SocketTimeout(CONNECT_SECONDS, COMMAND_SECONDS),
            )
            self._client.normalise_times = False  # else its dates are in the zone of this machine
            with self.within(COMMAND_SECONDS):
                self._sign_in(self._client)
        except LoginError as error:
            self.close()
            if _BUSY.search(str(error)):
                raise ChannelError(f"The mailbox at {address} has too many connections or is busy.") from error
            what = "password" if address.password else "token"
            raise SignInRefused(f"The mailbox at {address} refused the user name or the {what}.") from error
        except ChannelError:
            self.close()
            raise
        except ssl.SSLCertVerificationError as error:
            self.close()
            raise ChannelError(
                f"The mailbox at {address} shows a certificate that is not its own or not trusted."
            ) from error
        except _TROUBLE as error:
            self.close()
            raise ChannelError(f"The mailbox at {address} does not answer ({type(error).__name__}).") from error

    def _sign_in(self, client: IMAPClient) -> None:
        """By password, else by token: one that is refused may have been withdrawn, and a fresh one is tried once."""
        user, grant = self.address.user, self.address.grant
        if self.address.password or grant is None:
            client.login(user, self.address.password)
            return
        try:
            client.oauth2_login(user, oauth.access_token(grant))
        except LoginError:
            oauth.forget(grant)
            client.oauth2_login(user, oauth.access_token(grant))

    def close(self) -> None:
        """Hang up; never raises."""
        client, self._client = self._client, None
        if client is not None:
            with contextlib.suppress(Exception):
                client.shutdown()

    @contextlib.contextmanager
    def talking(self, verb: str) -> Iterator[None]:
        """Whatever goes wrong inside closes the line and becomes a ChannelError."""
        try:
            yield
        except _TROUBLE as error:
            self.close()
            sentence = f"The mailbox at {self.address} could not be {verb} ({type(error).__name__})."
            raise ChannelError(sentence) from error

    @contextlib.contextmanager
    def within(self, seconds: float) -> Iterator[None]:
        """Cut the line when an operation as a whole takes too long, however steadily the bytes trickle."""
        timer = threading.Timer(seconds, self._cut)
        timer.daemon = True
        timer.start()
        try:
            yield
        finally:
            timer.cancel()

    def _cut(self) -> None:
        if self._client is not None:
            with contextlib.suppress(OSError):
                self._client.socket().shutdown(2)
