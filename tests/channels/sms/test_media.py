"""Files are fetched from Twilio alone, and what they are their bytes say."""

import pytest
from support.twilio_server import ACCOUNT, TwilioServer

from channels.channel import MOST_BYTES_OF_A_FILE
from channels.errors import ChannelError, NotConfigured
from channels.files import kind_of
from channels.sms import media
from channels.sms.settings import settings

PATH = f"/2010-04-01/Accounts/{ACCOUNT}/Messages/MM1/Media/ME1"
JPEG = b"\xff\xd8\xff\xe0 a picture of mould"


def fetch(url: str) -> tuple[str, str, bytes]:
    found = media.fetch({"url": url, "content_type": "image/png"})
    return found.filename, found.content_type, found.content


def test_a_picture_is_fetched_with_our_login_and_named_by_what_it_is(twilio: TwilioServer) -> None:
    assert fetch(twilio.keep_file(PATH, JPEG, "application/x-msdownload")) == ("ME1.jpg", "image/jpeg", JPEG)


def test_a_picture_is_followed_to_where_it_really_lies(twilio: TwilioServer) -> None:
    twilio.keep_file("/stored/1", JPEG)
    twilio.elsewhere[PATH] = f"{twilio.url}/stored/1"
    assert fetch(f"https://api.twilio.com{PATH}")[2] == JPEG


@pytest.mark.parametrize(
    "url",
    [
        "https://evil.example/x",
        "http://169.254.169.254/latest/meta-data",
        "https://api.twilio.com.evil.example/x",
        "https://api.twilio.com@evil.example/x",
        "file:///etc/passwd",
        "",
        "https://[::1/x",
    ],
)
def test_a_file_elsewhere_is_not_fetched(twilio: TwilioServer, url: str) -> None:
    with pytest.raises(ChannelError) as refused:
        fetch(url)
    assert refused.value.permanent


@pytest.mark.parametrize("url", ["https://evil.example/x", "http://127.0.0.1:1/x", "ftp://x/y"])
def test_a_redirect_elsewhere_is_not_followed(twilio: TwilioServer, url: str) -> None:
    twilio.elsewhere[PATH] = url
    with pytest.raises(ChannelError, match="does not lie at Twilio"):
        fetch(f"https://api.twilio.com{PATH}")


@pytest.mark.parametrize(
    ("url", "allowed"),
    [
        ("https://mcs.us1.twilio.com/v1/Services/x", True),
        ("https://media.twiliocdn.com/AC1/x", True),
        ("https://s3-external-1.amazonaws.com/media.twiliocdn.com/AC1/x", True),
        ("https://s3-external-1.amazonaws.com/somebody-else/x", False),
        ("http://media.twiliocdn.com/AC1/x", False),
        ("https://media.twiliocdn.com:8443/AC1/x", False),
        ("https://eviltwilio.com/x", False),
    ],
)
def test_only_twilios_own_hosts_are_called(url: str, allowed: bool) -> None:
    from urllib.parse import urlsplit

    if allowed:
        return media._allow(urlsplit(url))
    with pytest.raises(ChannelError):
        media._allow(urlsplit(url))


def test_a_circle_of_redirects_ends(twilio: TwilioServer) -> None:
    twilio.elsewhere[PATH] = f"{twilio.url}{PATH}"
    with pytest.raises(ChannelError, match="from one address to another"):
        fetch(f"https://api.twilio.com{PATH}")


def test_too_large_a_file_is_not_taken(twilio: TwilioServer) -> None:
    with pytest.raises(ChannelError, match="larger than 20 MB") as refused:
        fetch(twilio.keep_file(PATH, bytes(MOST_BYTES_OF_A_FILE + 1)))
    assert refused.value.permanent


@pytest.mark.parametrize("missing", ["file", "login", "bytes"])
def test_what_cannot_be_had_now_may_be_had_later(twilio: TwilioServer, missing: str) -> None:
    url = twilio.keep_file(PATH, b"" if missing == "bytes" else JPEG)
    if missing == "login":
        twilio.auth_token = "changed-at-twilio"
    if missing == "file":
        twilio.files.clear()
    with pytest.raises(ChannelError) as refused:
        fetch(url)
    assert not refused.value.permanent


def test_without_twilio_nothing_is_fetched() -> None:
    settings.cache_clear()
    with pytest.raises(NotConfigured):
        fetch(f"https://api.twilio.com{PATH}")


@pytest.mark.parametrize(
    ("content", "kind"),
    [
        (JPEG, ("image/jpeg", "jpg")),
        (b"\x89PNG\r\n\x1a\n...", ("image/png", "png")),
        (b"RIFF....WEBPVP8 ", ("image/webp", "webp")),
        (b"....ftypheic", ("image/heic", "heic")),
        (b"....ftypisom", ("video/mp4", "mp4")),
        (b"%PDF-1.7", ("application/pdf", "pdf")),
        (b"#!AMR\n", ("audio/amr", "amr")),
        ("Dŵr".encode(), ("text/plain", "txt")),
        (b"a" * 1023 + "ŵ".encode(), ("text/plain", "txt")),
        (b"<html><script>", ("application/octet-stream", "bin")),
        (b"MZ\x00\x01", ("application/octet-stream", "bin")),
    ],
)
def test_a_file_is_what_its_bytes_say(content: bytes, kind: tuple[str, str]) -> None:
    assert kind_of(content) == kind
