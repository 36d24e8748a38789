"""Mail leaves over TLS, and only to a server that proves its name."""

import shutil
import ssl
import subprocess
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from support.smtp_server import SmtpServer

from channels.email import outbound, smtp_line
from channels.email.settings import settings
from channels.errors import ChannelError
from channels.message import OutboundMessage

pytestmark = pytest.mark.skipif(shutil.which("openssl") is None, reason="openssl makes the certificate of the server")

NOW = datetime(2026, 11, 22, 9, 0, tzinfo=UTC)
NOTICE = OutboundMessage(key="a" * 32, channel="email", to="ngozi.okafor@example.org", text="Hello.")


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("tls")
    command = "openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 2 -subj /CN=localhost"
    command += f" -addext subjectAltName=DNS:localhost -keyout {folder}/key.pem -out {folder}/certificate.pem"
    subprocess.run(command.split(), check=True, capture_output=True)
    return folder / "certificate.pem"


@pytest.fixture(params=["smtps", "smtp+starttls"])
def server(request: pytest.FixtureRequest, certificate: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[SmtpServer]:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, certificate.with_name("key.pem"))
    context.check_hostname = False
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate))  # else aiosmtpd cannot call itself when it starts
    found = SmtpServer(tls=context) if request.param == "smtps" else SmtpServer(starttls=context)
    monkeypatch.setenv("EARSHOT_MAIL_FROM", "info@larchmere.example")
    monkeypatch.setenv("EARSHOT_SMTP_URL", f"{request.param}://localhost:{found.port}")
    settings.cache_clear()
    yield found
    smtp_line.close()
    found.stop()


def test_mail_goes_to_a_server_that_is_who_it_says(server: SmtpServer) -> None:
    assert outbound.send(NOTICE, now=NOW).status == "accepted"
    assert len(server.mails) == 1


def test_no_mail_goes_to_a_stranger(server: SmtpServer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("SSL_CERT_FILE")
    with pytest.raises(ChannelError, match="certificate") as refusal:
        outbound.send(NOTICE, now=NOW)
    assert (refusal.value.permanent, refusal.value.in_doubt) == (False, False)
    assert server.mails == []


def test_no_mail_goes_in_the_clear_when_tls_is_asked_for(
    smtp_sink: SmtpServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("EARSHOT_MAIL_FROM", "info@larchmere.example")
    monkeypatch.setenv("EARSHOT_SMTP_URL", f"smtp+starttls://localhost:{smtp_sink.port}")
    settings.cache_clear()
    with pytest.raises(ChannelError, match="does not offer"):
        outbound.send(NOTICE, now=NOW)
    assert smtp_sink.mails == []
