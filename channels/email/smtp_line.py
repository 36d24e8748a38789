"""One warm SMTP connection a process, and what its answers mean: try again, never, or nobody knows.

The last dot of a mail decides. Anything that goes wrong before it is written means that the mail has not
gone; silence after it means that nobody knows.
"""

import atexit
import contextlib
import os
import smtplib
import socket
import ssl
import threading
import time

from channels.email import oauth
from channels.email.settings import ServerAddress
from channels.errors import ChannelError, SignInRefused

_SECONDS = 30
_SECONDS_AFTER_DOT = 120  # servers scan mail while the sender waits
_MAX_MAILS = 100
_MAX_AGE = 300
_WARM = 10
_NO_SUCH_PARAMETER = (501, 504, 555)
_TROUBLE = (OSError, smtplib.SMTPException, EOFError)


class _Line:
    """A connection with its history."""

    def __init__(self, server: ServerAddress) -> None:
        self.server = server
        self.mails = 0
        self.opened = self.used = time.monotonic()
        self.smtp = _connect(server)

    def is_fit(self, server: ServerAddress) -> bool:
        """Whether it can carry another mail: same server, not worn out, and still answering."""
        now = time.monotonic()
        if self.server != server:
            return False
        if self.mails >= _MAX_MAILS or now - self.opened > _MAX_AGE:
            return False
        if now - self.used < _WARM:
            return True
        try:
            return bool(self.smtp.noop()[0] == 250)
        except _TROUBLE:
            return False

    def hang_up(self) -> None:
        """Say goodbye, without waiting long for an answer."""
        with contextlib.suppress(*_TROUBLE):
            if self.smtp.sock is not None:
                self.smtp.sock.settimeout(2)
                self.smtp.quit()
        _drop(self.smtp)


_lock = threading.Lock()
_open: _Line | None = None


def deliver(server: ServerAddress, *, sender: str, to: str, raw: bytes, key: str = "") -> str:
    """Send one mail and return the server's answer; raises ChannelError.

    With a `key`, a server that offers it is asked to report what became of the mail, under that key (RFC 3461).
    """
    with _lock:
        line, fresh = _fit_line(server)
        try:
            try:
                _envelope(line.smtp, sender, to, key)
            except (smtplib.SMTPServerDisconnected, OSError):
                if fresh:
                    raise
                line = _replace(server)  # it had grown cold; nothing has been sent yet
                _envelope(line.smtp, sender, to, key)
            answer = _content(line.smtp, raw)
        except ChannelError as refusal:
            _after_refusal(line, refusal)
            raise
        except _TROUBLE as error:
            close()
            raise ChannelError(f"The mail server {server} broke off ({type(error).__name__}).") from error
        line.mails += 1
        line.used = time.monotonic()
        return answer


def close() -> None:
    """Hang up; the next mail opens a new connection."""
    global _open
    line, _open = _open, None
    if line is not None:
        line.hang_up()


def _forget_after_fork() -> None:
    """A child must not speak on its parent's connection, nor say goodbye on it."""
    global _open, _lock
    line, _open, _lock = _open, None, threading.Lock()
    if line is not None:
        _drop(line.smtp)


atexit.register(close)
if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_forget_after_fork)


def _fit_line(server: ServerAddress) -> tuple[_Line, bool]:
    if _open is not None and _open.is_fit(server):
        return _open, False
    return _replace(server), True


def _replace(server: ServerAddress) -> _Line:
    global _open
    close()
    _open = _Line(server)
    return _open


def _connect(server: ServerAddress) -> smtplib.SMTP:
    smtp: smtplib.SMTP | None = None
    try:
        if server.security == "tls":
            context = ssl.create_default_context()
            smtp = smtplib.SMTP_SSL(server.host, server.port, timeout=_SECONDS, context=context)
        else:
            smtp = smtplib.SMTP(server.host, server.port, timeout=_SECONDS)
        if server.security == "starttls":
            smtp.starttls(context=ssl.create_default_context())
        smtp.ehlo_or_helo_if_needed()
        if smtp.sock is not None:
            smtp.sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        if server.user:
            _sign_in(smtp, server)
    except ChannelError:
        _drop(smtp)
        raise
    except smtplib.SMTPNotSupportedError as error:
        _drop(smtp)
        raise ChannelError(f"The mail server {server} does not offer what EARSHOT_SMTP_URL asks for.") from error
    except ssl.SSLCertVerificationError as error:
        _drop(smtp)
        raise ChannelError(
            f"The mail server {server} shows a certificate that is not its own or not trusted."
        ) from error
    except _TROUBLE as error:
        _drop(smtp)
        raise ChannelError(f"The mail server {server} does not answer ({type(error).__name__}).") from error
    return smtp


def _sign_in(smtp: smtplib.SMTP, server: ServerAddress) -> None:
    """By password, else by token: one that is refused may have been withdrawn, and a fresh one is tried once."""
    try:
        if server.password or server.grant is None:
            smtp.login(server.user, server.password)
        elif not _takes_token(smtp, server.user, server.grant):
            oauth.forget(server.grant)
            if not _takes_token(smtp, server.user, server.grant):
                raise SignInRefused(f"The mail server {server} refused the user name or the token.")
    except smtplib.SMTPAuthenticationError as error:
        if error.smtp_code < 500:
            raise ChannelError(f"The mail server {server} lets nobody sign in now ({error.smtp_code}).") from error
        raise SignInRefused(f"The mail server {server} refused the user name or the password.") from error


def _takes_token(smtp: smtplib.SMTP, user: str, grant: oauth.Grant) -> bool:
    said = oauth.initial_response(user, oauth.access_token(grant))

    def answer(challenge: bytes | None = None) -> str:
        return said if challenge is None else ""  # a challenge is the server's reason, and wants an empty answer

    try:
        smtp.auth("XOAUTH2", answer)
    except smtplib.SMTPAuthenticationError as error:
        if error.smtp_code < 500:
            raise
        return False
    return True


def _drop(smtp: smtplib.SMTP | None) -> None:
    if smtp is not None:
        with contextlib.suppress(*_TROUBLE):
            smtp.close()


def _envelope(smtp: smtplib.SMTP, sender: str, to: str, key: str) -> None:
    reports = bool(key) and smtp.has_extn("dsn")
    code, words = smtp.mail(sender, ["RET=HDRS", f"ENVID={key}"] if reports else [])
    if reports and code in _NO_SUCH_PARAMETER:  # it offers reports and does not take the words for them
        reports = False
        code, words = smtp.mail(sender)
    if code == 421:
        raise smtplib.SMTPServerDisconnected("421")
    if code != 250:
        raise ChannelError(f"The mail server does not let us send as {_domain(sender)} ({code} {_said(words)}).")
    code, words = smtp.rcpt(to, ["NOTIFY=SUCCESS,FAILURE,DELAY", f"ORCPT=rfc822;{_xtext(to)}"] if reports else [])
    if reports and code in _NO_SUCH_PARAMETER:
        code, words = smtp.rcpt(to)
    if code == 421:
        raise smtplib.SMTPServerDisconnected("421")
    if code not in (250, 251):
        sentence = f"The mail server refused the address ({code} {_said(words, to)})."
        raise ChannelError(sentence, permanent=code >= 500)


def _content(smtp: smtplib.SMTP, raw: bytes) -> str:
    code, words = smtp.docmd("DATA")
    if code != 354:
        raise ChannelError(f"The mail server did not take the mail ({code} {_said(words)}).", permanent=code >= 500)
    body = raw.replace(b"\r\n.", b"\r\n..")
    smtp.send(body if body.endswith(b"\r\n") else body + b"\r\n")
    try:
        smtp.send(b".\r\n")
        if smtp.sock is not None:
            smtp.sock.settimeout(_SECONDS_AFTER_DOT)
        code, words = smtp.getreply()
        if smtp.sock is not None:
            smtp.sock.settimeout(_SECONDS)
    except _TROUBLE as error:
        close()
        sentence = f"The mail server fell silent after taking the mail ({type(error).__name__})."
        raise ChannelError(sentence, in_doubt=True) from error
    if code != 250:
        raise ChannelError(f"The mail server refused the mail ({code} {_said(words)}).", permanent=code >= 500)
    return f"{code} {_said(words)}"


def _after_refusal(line: _Line, refusal: ChannelError) -> None:
    """A refusal leaves the connection usable once the server has forgotten the mail."""
    if refusal.in_doubt:
        return
    try:
        if line.smtp.rset()[0] != 250:
            close()
    except _TROUBLE:
        close()


def _xtext(address: str) -> str:
    """An address as RFC 3461 wants it within a parameter."""
    return "".join(sign if "!" <= sign <= "~" and sign not in "+=" else f"+{ord(sign):02X}" for sign in address)


def _said(words: bytes, hidden: str = "") -> str:
    """The server's own words, on one line, without the address that it may repeat."""
    said = " ".join(words.decode("utf-8", "replace").split())[:200]
    return said.replace(hidden, "…") if hidden else said


def _domain(address: str) -> str:
    return address.rpartition("@")[2]
