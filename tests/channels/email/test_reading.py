"""The parts of a mail: charsets, header fields, addresses, bodies, pages, enclosures."""

import base64
from datetime import UTC, datetime

import pytest

from channels.email import addresses, charsets, headers
from channels.email.html_text import to_text
from channels.email.inbound import read
from channels.message import InboundMessage

NOW = datetime(2026, 11, 22, 9, 0, tzinfo=UTC)


def letter(body: bytes, content_type: str = "text/plain", *, encoding: str = "8bit") -> InboundMessage:
    head = f"From: a@example.org\nMessage-ID: <1@example.org>\nDate: Fri, 20 Nov 2026 10:00:00 +0000\n"  # noqa: F541
    head += f"Content-Type: {content_type}\nContent-Transfer-Encoding: {encoding}\n\n"
    return read(head.encode() + body, received_at=NOW)


CHARSETS = {
    "utf-8": "Rent is £120 — café, żółć",
    "iso-8859-1": "Rent is £120, café",
    "windows-1252": "Rent is £120 – “café” €5",
    "iso-8859-2": "Żółta woda",
    "windows-1250": "Żółta woda – „źle”",
    "iso-8859-16": "Apă caldă și încălzire",
    "iso-8859-15": "5 €",
    "windows-1251": "Нет воды",
    "koi8-r": "Нет воды",
    "koi8-u": "Немає води",
    "iso-8859-7": "Χωρίς νερό",
    "iso-8859-8": "אין מים",
    "windows-1256": "لا ماء",
    "windows-1254": "Su yok, ışık da",
    "windows-1258": "Khong co nuoc",
    "gb2312": "没有热水",
    "gb18030": "没有热水𠮷",
    "big5": "沒有熱水",
    "euc-kr": "온수가 없다",
    "ks_c_5601-1987": "온수가 없다",
    "iso-2022-jp": "お湯が出ません",
    "iso-2022-kr": "온수가 없다",
    "hz-gb-2312": "没有热水",
    "iso-8859-5": "Нет воды",
    "iso-8859-9": "Su yok, ışık da",
    "iso-8859-13": "Nėra vandens",
    "windows-1253": "Χωρίς νερό",
    "windows-1255": "אין מים",
    "windows-1257": "Nėra vandens",
    "utf-16le": "Rent is £120",
    "utf-16be": "Rent is £120",
    "us-ascii": "No heat",
    "shift_jis": "お湯が出ません",
    "euc-jp": "お湯が出ません",
    "tis-620": "ไม่มีน้ำ",
    "macintosh": "café £5",
    "cp850": "café £5",
    "utf-16": "Rent is £120",
}


@pytest.mark.parametrize(("charset", "text"), CHARSETS.items(), ids=CHARSETS)
def test_every_charset_in_use_is_read(charset: str, text: str) -> None:
    codec = {"ks_c_5601-1987": "cp949", "macintosh": "mac_roman"}.get(charset, charset)
    data = text.encode(codec)
    assert letter(base64.b64encode(data), f"text/plain; charset={charset}", encoding="base64").text == text
    word = base64.b64encode(data).decode()
    assert headers.decode_words(f"=?{charset}?b?{word}?=") == text


@pytest.mark.parametrize(
    ("data", "charset", "text", "problem"),
    [
        ("£120".encode("cp1252"), "utf-8", "£120", "not in its stated charset"),
        ("£120 żółć".encode(), "iso-8859-1", "£120 żółć", "mislabelled"),
        ("żółta woda".encode(), "iso-8859-2", "żółta woda", "mislabelled"),
        ("没有热水了".encode(), "gb2312", "没有热水了", "mislabelled"),
        ("没有热水了".encode() + b"\xe6\xb2", "gb2312", "没有热水了�", "not in its stated charset"),
        ("Нет воды".encode("cp1251"), "windows-1251", "Нет воды", ""),
        ("£120".encode("cp1252"), "us-ascii", "£120", ""),
        ("“x”".encode("cp1252"), "iso-8859-1", "“x”", ""),
        ("£120".encode(), "", "£120", "not stated"),
        ("£120".encode("cp1252"), "x-unknown", "£120", "not stated"),
        ("£120".encode(), "no-such-charset", "£120", "not read"),
        (b"\xff\xfe" + "£5".encode("utf-16-le"), "", "£5", "not stated"),
        ("ok £5".encode() + b"\xe2\x82", "utf-8", "ok £5�", "not in its stated charset"),
        (b"+ADw-b+AD4-", "utf-7", "+ADw-b+AD4-", "not read"),
        (b"\\u00a3", "unicode_escape", "\\u00a3", "not read"),
        (b"aGk=", "base64", "aGk=", "not read"),
        ("お湯".encode("iso2022_jp"), "", "お湯", "not stated"),
        ("В квартире холодно".encode("koi8-r"), "", "В квартире холодно", "not stated"),
        ("В квартире холодно".encode("cp1251"), "x-unknown", "В квартире холодно", "not stated"),
        (b"\x1b$B-!\x1b(B x", "iso-2022-jp", "① x", "not in its stated charset"),
        ("ÉTÉ À CÔTÉ".encode("cp1252"), "", "ÉTÉ À CÔTÉ", "not stated"),
    ],
)
def test_wrong_labels_are_seen_through(data: bytes, charset: str, text: str, problem: str) -> None:
    found, said = charsets.decode(data, charset)
    assert found == text
    assert problem in said
    assert bool(problem) == bool(said)


@pytest.mark.parametrize(
    ("raw", "text"),
    [
        ("=?utf-8?q?Rent_=C2=A3120?=", "Rent £120"),
        ("=?utf-8?q?a?= =?utf-8?q?b?=", "ab"),
        ("=?utf-8?q?a?=\r\n =?utf-8?q?b?= c", "ab c"),
        ("=?utf-8?b?xbs=?= and =?iso-8859-1?q?=A3?=", "Ż and £"),
        ("=?utf-8?b?xQ==?= =?utf-8?b?uw==?=", "Ż"),  # one letter cut in two
        ("=?utf-8*en?q?Rent?=", "Rent"),  # RFC 2231
        ("=?utf-8?q?what? yes?=", "what? yes"),
        ("=?utf-8?b?!!!?=", ""),
        ("=?nonsense?x?y?=", "=?nonsense?x?y?="),
        ("=?utf-8?q?open", "=?utf-8?q?open"),
        ("plain £", "plain £"),
    ],
)
def test_encoded_words(raw: str, text: str) -> None:
    assert headers.decode_words(raw) == text


@pytest.mark.parametrize(
    ("raw", "expected"),
    [
        ("ngozi.okafor@example.org", [("ngozi.okafor@example.org", "")]),
        ("Ngozi Okafor <Ngozi@Example.org>", [("ngozi@example.org", "Ngozi Okafor")]),
        ('"Okafor, Ngozi" <n@example.org>, s@example.net', [("n@example.org", "Okafor, Ngozi"), ("s@example.net", "")]),
        ("n@example.org (Ngozi Okafor)", [("n@example.org", "Ngozi Okafor")]),
        ("Residents: n@example.org, s@example.net;", [("n@example.org", ""), ("s@example.net", "")]),
        ("undisclosed-recipients:;", []),
        ("N <n@example.org> S <s@example.net>", [("n@example.org", "N"), ("s@example.net", "S")]),
        ("N <n@example.org> <mailto:N@example.org>", [("n@example.org", "N")]),
        ("n@example.org www.example.org", [("n@example.org", "www.example.org")]),
        ('"Larch Homes" <>', [("", "Larch Homes")]),
        ("Ngozi Okafor", [("", "Ngozi Okafor")]),
        ('Post <"Larch Post"@Example.org>', [('"larch post"@example.org', "Post")]),
        ('<"">', []),
        (", n@example.org,,", [("n@example.org", "")]),
        ("<n@example.org>", [("n@example.org", "")]),
        ("Ngozi n@example.org", [("n@example.org", "Ngozi")]),
        ("'Ngozi' <n@example.org>", [("n@example.org", "Ngozi")]),
        ('"n@example.org" <n@example.org>', [("n@example.org", "")]),
        ("=?utf-8?q?=C5=BBaneta=2C_Pani?= <z@example.org>", [("z@example.org", "Żaneta, Pani")]),
        ("=?utf-8?Q?Okafor,_Ngozi?= <n@example.org>", [("n@example.org", "Okafor, Ngozi")]),
        ("a@example.org;b@example.org", [("a@example.org", ""), ("b@example.org", "")]),
        ("<@relay.example:n@example.org>", [("n@example.org", "")]),
        ("mailto:n@example.org", [("n@example.org", "")]),
        ("", []),
        ("<>", []),
        ("n@example.org <n@example.org", [("n@example.org", "")]),
        ('"unclosed <n@example.org>', [("n@example.org", '"unclosed')]),
    ],
)
def test_address_lists(raw: str, expected: list[tuple[str, str]]) -> None:
    assert [(one.address, one.name) for one in addresses.read(raw)] == expected
    assert "" not in addresses.only(raw)


def test_a_sender_who_gives_only_a_name_is_found_by_another_header() -> None:
    found = read(b"From: Ngozi Okafor\nSender: n@example.org\nReply-To: Nobody <>\n\nx", received_at=NOW)
    assert (found.sender, found.sender_name, found.reply_to) == ("n@example.org", "Ngozi Okafor", ())


@pytest.mark.parametrize(
    ("value", "moment"),
    [
        ("Fri, 20 Nov 2026 18:04:11 +0000", datetime(2026, 11, 20, 18, 4, 11, tzinfo=UTC)),
        ("Fri, 20 Nov 2026 18:04:11 +0130 (X)", datetime(2026, 11, 20, 16, 34, 11, tzinfo=UTC)),
        ("Fri, 19 Jun 2026 18:04:11 BST", datetime(2026, 6, 19, 17, 4, 11, tzinfo=UTC)),
        ("20 Nov 26 18:04 GMT", datetime(2026, 11, 20, 18, 4, tzinfo=UTC)),
        ("Fri, 20 Nov 2026 18:04:11", datetime(2026, 11, 20, 18, 4, 11, tzinfo=UTC)),
        ("Fri, 20 Nov 2026 23:59:60 +0000", datetime(2026, 11, 20, 23, 59, 59, tzinfo=UTC)),
        ("yesterday", None),
        ("Fri, 32 Nov 2026 18:04:11 +0000", None),
        ("Fri, 20 Nov 2026 18:04:11 +999999", None),
        ("", None),
    ],
)
def test_dates(value: str, moment: datetime | None) -> None:
    found, problem = headers.moment(value)
    assert found == moment
    assert bool(problem) == (moment is None or value.endswith("18:04:11"))


@pytest.mark.parametrize(
    ("value", "filename"),
    [
        ("attachment; filename=plan.pdf", "plan.pdf"),
        ('attachment; filename="my plan.pdf"', "my plan.pdf"),
        ("attachment; filename*=utf-8''%C5%BB.pdf", "Ż.pdf"),
        ("attachment; filename*0=\"a\"; filename*1=\"b.pdf\"", "ab.pdf"),
        ("attachment; filename*0*=utf-8''%C5; filename*1*=%BB.pdf", "Ż.pdf"),
        ('attachment; filename="=?utf-8?q?=C5=BB.pdf?="', "Ż.pdf"),
        ('attachment; filename="..\\\\..\\\\evil.exe"', "evil.exe"),
        ('attachment; filename="/etc/passwd"', "passwd"),
        ('attachment; filename="a\u202efdp.exe"', "afdp.exe"),
    ],
)  # fmt: skip
def test_names_of_enclosures(value: str, filename: str) -> None:
    raw = f"From: a@example.org\nContent-Type: application/pdf\nContent-Disposition: {value}\n\nx".encode()
    assert read(raw, received_at=NOW).attachments[0].filename == filename


@pytest.mark.parametrize(
    ("page", "text"),
    [
        ("<p>One</p><p>Two</p>", "One\n\nTwo"),
        ("One<br>Two<br/>Three", "One\nTwo\nThree"),
        ("<div>One</div><div>Two</div>", "One\nTwo"),
        ("<div>One</div><div><br></div><div>Two</div>", "One\n\nTwo"),
        ("a &amp; b &pound;120 &#163;5 &nbsp;x", "a & b £120 £5  x"),
        ("<style>p{}</style><script>x()</script><title>t</title>One", "One"),
        ("<html><head><meta charset=utf-8><body>One", "One"),
        ("<!-- not this --><p>One<!-- nor this", "One"),
        ("<ul><li>One</li><li>Two</li></ul>", "- One\n- Two"),
        ("<table><tr><td>One</td><td>Two</td></tr><tr><td>Three</td></tr></table>", "One Two\nThree"),
        ("<blockquote>Old<blockquote>Older</blockquote></blockquote>New", "> Old\n>\n>> Older\n\nNew"),
        ('<a href="http://example.org/?a>b">here</a>', "here"),
        ("<pre>One\n  Two</pre>", "One\n  Two"),
        ("One\n   two\t three", "One two three"),
        ("<p>1 < 2 and 3 > 2</p>", "1 < 2 and 3 > 2"),
        ('<div style="display:none">Preview</div>Seen', "Seen"),
        ('<blockquote style="margin:0 0 0 40px;border:none;padding:0px">Mine</blockquote>', "Mine"),
        ('<blockquote type="cite" style="border:none">Theirs</blockquote>', "> Theirs"),
        ('Mine<div name="messageReplySection">Theirs</div>', "Mine\n\ue000\nTheirs"),
        ("<p", "<p"),
        ("", ""),
    ],
)
def test_pages_become_text(page: str, text: str) -> None:
    assert to_text(page) == text


def test_the_plain_text_is_read_unless_it_says_nothing() -> None:
    def both(plain: str, page: str) -> str:
        parts = f"--b\nContent-Type: text/plain\n\n{plain}\n--b\nContent-Type: text/html\n\n{page}\n--b--"
        return letter(parts.encode(), "multipart/alternative; boundary=b").text

    assert both("Plain.", "<p>Page.</p>") == "Plain."
    assert both(" ", "<p>Page.</p>") == "Page."
    assert both("Your mail program does not support HTML.", "<p>Page.</p>") == "Page."


def test_the_start_of_related_parts_is_the_letter() -> None:
    read = letter(
        b"--b\nContent-Type: image/png\n\nx\n--b\nContent-Type: text/html\nContent-ID: <l>\n\n<p>Hi</p>\n--b--",
        'multipart/related; boundary=b; start="<l>"',
    )
    assert (read.text, [one.content_type for one in read.attachments]) == ("Hi", ["image/png"])


@pytest.mark.parametrize(("stated", "text"), [("<html>", "Hi"), ("nonsense", "<p>Hi</p>"), ("", "<p>Hi</p>")])
def test_a_part_of_no_known_kind_is_read_and_not_lost(stated: str, text: str) -> None:
    assert letter(b"<p>Hi</p>", stated).text == text


def test_text_around_a_picture_is_one_letter() -> None:
    parts = "--b\n\nAbove.\n--b\nContent-Type: image/png; name=x.png\n\nx\n--b\n\nBelow.\n--b--"
    read = letter(parts.encode(), "multipart/mixed; boundary=b")
    assert read.text == "Above.\n\nBelow."
    assert [one.filename for one in read.attachments] == ["x.png"]


def test_soft_line_breaks_are_undone() -> None:
    body = b"One long \nline.\n \nTwo.\n> quoted \n> on.\n-- \nNgozi"
    read = letter(body, "text/plain; format=flowed")
    assert read.text.startswith("One long line.")
    assert "> quoted on." in read.text
    assert read.new_text.endswith("Two.")


@pytest.mark.parametrize("encoding", ["base64", "Quoted-Printable", "7bit", "binary", "x-uuencode", "nonsense"])
def test_damaged_encodings_give_what_can_be_saved(encoding: str) -> None:
    assert letter(b"SGVs=G8=\n=zz%%", "text/plain", encoding=encoding).kind in ("message", "empty")


def test_a_mail_without_anything_to_read_keeps_its_enclosure() -> None:
    read = letter(b"%PDF", "application/pdf; name=letter.pdf")
    assert (read.kind, read.text, read.attachments[0].filename) == ("message", "", "letter.pdf")


def test_an_encrypted_mail_is_kept_as_it_is() -> None:
    read = letter(b"MIIB", "application/pkcs7-mime; smime-type=enveloped-data; name=smime.p7m", encoding="base64")
    assert (read.kind, read.attachments[0].content_type) == ("message", "application/pkcs7-mime")


def test_a_bare_calendar_reply_is_an_enclosure() -> None:
    read = letter(b"BEGIN:VCALENDAR\nEND:VCALENDAR", "text/calendar; method=REPLY")
    assert (read.kind, read.attachments[0].filename) == ("message", "attachment.ics")


@pytest.mark.parametrize(
    ("charset", "subject"),
    [("koi8-r", "Холодно"), ("gb2312", "天花板漏水"), ("iso-8859-2", "Żółta ściana"), ("", "£5 café")],
)
def test_bytes_in_a_header_are_read_in_the_charset_of_the_letter(charset: str, subject: str) -> None:
    raw = f"Subject: {subject}\nContent-Type: text/plain; charset={charset}\n\n{subject}".encode(charset or "cp1252")
    assert read(raw, received_at=NOW).subject == subject
    utf8 = f"Subject: {subject}\nContent-Type: text/plain; charset={charset}\n\nx".encode()
    assert read(utf8, received_at=NOW).subject == subject


@pytest.mark.parametrize("above", [b"   \n", b"\t\r\n\n", b" ", b"From a@b Thu Nov 19 09:12:00 2026\n", b"\n \n "])
def test_blanks_above_the_header_are_no_end_of_it(above: bytes) -> None:
    found = read(above + b"From: a@example.org\nSubject: No heating\n\nx", received_at=NOW)
    assert (found.sender, found.subject, found.text) == ("a@example.org", "No heating", "x")


def test_a_torn_header_is_mended() -> None:
    found = read(
        b"From: a@example.org\nSubject: No heating\nsince Sunday\nTo: info@larchmere.example\n\nx", received_at=NOW
    )
    assert (found.subject, found.to, found.text) == ("No heating", ("info@larchmere.example",), "x")
    assert "header is damaged" in found.problems


def test_an_address_torn_in_two_is_mended() -> None:
    found = read(
        b"From: a@example.org\nCc: C <c@example.org>, D <d@\nexample.org>, e@example.org\n\nHello.", received_at=NOW
    )
    assert (found.cc, found.text) == (("c@example.org", "d@example.org", "e@example.org"), "Hello.")


def test_our_address_is_found_in_the_mail_when_nobody_says_it() -> None:
    raw = b"Delivered-To: info@larchmere.example\nTo: x@example.org\nMessage-ID: <1@example.org>\n\nx"
    assert read(raw, received_at=NOW).our_address == "info@larchmere.example"
    assert read(b"", received_at=NOW).our_address == "unknown@mailbox.invalid"


@pytest.mark.parametrize("written", ["<1@example.org>", "  <1@example.org>  (x)", "1@example.org", "<1 @ example.org>"])
def test_a_message_id_is_found(written: str) -> None:
    assert read(f"Message-ID: {written}\n\nx".encode(), received_at=NOW).external_id == "<1@example.org>"


@pytest.mark.parametrize("written", ["", "none", "<>", "<\xa3@example.org>", "<" + "x" * 2_000 + "@example.org>"])
def test_a_mail_without_a_usable_message_id_is_named_by_its_bytes(written: str) -> None:
    found = read(f"Message-ID: {written}\n\nx".encode(), received_at=NOW).external_id
    assert found.startswith("sha256:")
