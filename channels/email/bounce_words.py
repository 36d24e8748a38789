"""The words of mail servers that do not write standard reports: how their letters are known and what they mean."""

import re

from channels.email.headers import Headers

_MACHINES = re.compile(
    r"\b(?:mailer[-_ ]?daemon|mail[-_ ]?daemon|postmaster|post_?office|mdaemon|mail delivery (?:sub)?system|"
    r"mail delivery|"
    r"mail administrator|mail system|mailer|mailadmin|system administrator|microsoft outlook|"
    r"microsoftexchange|bounce[sd]?|"
    r"mail-?server|smtp-?gateway|internet mail delivery|complaint-system|email[- ]delivery|"
    r"no-?reply[^@]{0,20}mail)\b",
    re.I,
)
_SUBJECT = re.compile(
    r"undeliver(?:ed|able)|(?:mail|message|e-?mail) (?:delivery )?(?:failed|failure|status|error|problem|"
    r"system|could not)|"
    r"delivery (?:status|fail(?:ed|ure)|report|notification|has failed|error|problem|delayed|unsuccessful|"
    r"incomplete)|"
    r"delivery\s+notification|"
    r"(?:non|un)[- ]?delivery|failure (?:notice|delivery)|failed (?:mail|delivery|to deliver)|"
    r"returned (?:mail|to sender|message|e-?mail)|"
    r"mail (?:could not be|not|was not|is) (?:delivered|undeliverable)|unable to deliver|"
    r"cannot (?:be )?deliver|not delivered|"
    r"could ?n[o']t (?:be )?(?:deliver|send|sent)|"
    r"(?:warning|delay): (?:message|could not send|delayed)|message (?:delayed|undeliverable|not delivered|"
    r"you sent blocked|status)|"
    r"delayed (?:mail|delivery)|still being retried|rejected(?: mail|: | message)|mail rejected|blocked by|"
    r"bounce[d]?(?: mail|:| message|$)|"
    r"user unknown|unknown (?:user|recipient|address)|address (?:unknown|not found)|nondeliverable|dsn:|"
    r"dsn |delivery failure|"
    r"permanent (?:delivery )?(?:error|failure)|there was an error sending your mail|mailbox (?:full|"
    r"unavailable)|over quota|"
    r"nicht zustellbar|unzustellbar|unzustellbarkeit|zustellung|non remis|non distribu|échec (?:de|d')|"
    r"n'a pas pu être|"
    r"niedostarczon|nie dostarczono|niedoręczon|zwrot|no (?:se )?(?:ha )?(?:podido )?entreg|no entregado|"
    r"devuelto|devolução|não (?:foi )?entreg|"
    r"falha n[ao] entrega|nelivrat|nu a (?:putut )?fi livrat|recapito|mancato|onbestelbaar|niet (?:be|"
    r"af)gelever|kunde inte levereras|"
    r"не доставлен|недоставлен|не удалось доставить|退信|配信|"
    r"送信(?:エラー|できません)|メール.{0,8}(?:エラー|配信)|届けられません",
    re.I,
)
_LETTER = re.compile(
    r"this is the (?:mail (?:delivery|system)|qmail-send|postfix|machine generated|mail system at host)|"
    r"(?:could not|couldn't|cannot|can't|can not|unable to|was not able to|wasn't able to|not be|failed to|"
    r"not) (?:be )?deliver|"
    r"(?:was|were|is|has|have|had)(?: been)? (?:not |un)?(?:deliverable|undeliverable|rejected|returned|"
    r"bounced|refused|undelivered)|"
    r"permanent (?:fatal )?errors?|fatal errors|delivery to the following recipients?|did not reach|"
    r"wasn't delivered to|"
    r"delivery (?:has )?failed|delivery failure|returned (?:to sender|below|message|mail)|"
    r"user (?:unknown|not found|doesn't exist)|(?:unknown|no such|invalid) (?:user|recipient|address|mailbox|local)|"
    r"(?:mailbox|mail ?box|account|quota|inbox)[^.\n]{0,40}(?:full|exceeded|unavailable|disabled|not exist|"
    r"over quota|inactive)|"
    r"(?:recipient|address|account|user|host|domain)[^.\n]{0,40}(?:rejected|not found|unknown|not exist|"
    r"does not exist|not listed)|"
    r"recipients? .{0,60}(?:fail|reject)|relay(?:ing)? (?:access )?denied|smtp error|remote (?:host|"
    r"mail server) said|\b55[0-4][ -]|"
    r"<<< [45]\d\d|status: [45]\.\d|retry time(?:out)?|delivery attempt|will (?:keep|continue) (?:trying|"
    r"to (?:try|be retried))|"
    r"nicht zugestellt|konnte nicht|kann nicht zugestellt|n'a pas (?:pu )?être|impossible de|nie (?:mogła|"
    r"może|została) (?:zostać )?dostarcz|"
    r"no (?:se )?(?:ha )?(?:podido|pudo) (?:ser )?entreg|não pôde ser entreg|nu a putut fi|"
    r"配信できません|配送できません|送信できません|届けられません|"
    r"宛先|не (?:может|удалось|был[оа]?) доставл",
    re.I,
)
_ANSWER = re.compile(r"^\s*(?:re|aw|sv|odp|rv|ynt|antw|fwd?|wg|tr)\s*(?:\[\d+\])?\s*:", re.I)
_DELAY = re.compile(
    r"delay|warning|still being retried|will (?:keep|continue|be) (?:trying|to (?:try|retry)|retried)|"
    r"not yet (?:been )?delivered|"
    r"temporar|deferred|do not (?:need to )?resend|you do not need to|verzögert|retardé|opóźni|întârzi|"
    r"atras(?:ado|ada)|retras",
    re.I,
)
_FINAL = re.compile(r"giving up|permanent|gave up|fatal|given up|final|failed permanently|too long|expired", re.I)
_RETURNED_BELOW = re.compile(
    r"^[ \t>]*(?:-{3,}.{0,60}(?:original|returned|copy of|undelivered|unsent|headers|below this line|"
    r"message (?:text|header)).{0,60}|"
    r"(?:the )?(?:original message|message headers?|returned message|start of message|"
    r"text of (?:the )?message|(?:your )?message (?:reads|follows)).{0,60}|"
    r"(?:received|return-path|x-[a-z-]{2,40}|message-id|mime-version): .{0,400})$",
    re.I | re.M,
)
_STATUSES = (
    (re.compile(r"quota|mailbox (?:is )?full|mail ?box full|over ?limit|storage|too many messages in", re.I), "5.2.2"),
    (re.compile(r"(?:account|mailbox|user)[^.\n]{0,40}(?:disabled|suspended|inactive|closed)", re.I), "5.2.1"),
    (
        re.compile(
            r"host (?:unknown|not found)|domain[^.\n]{0,30}not (?:found|exist)|name (?:or )?service|"
            r"no such (?:host|domain)|unrouteable",
            re.I,
        ),
        "5.1.2",
    ),
    (re.compile(r"too (?:large|big)|exceeds?[^.\n]{0,40}size|size limit", re.I), "5.3.4"),
    (
        re.compile(r"spam|blocked|blacklist|block ?list|policy|virus|reputation|content (?:rejected|filter)", re.I),
        "5.7.1",
    ),
    (re.compile(r"timed? ?out|expired|too long|retry time", re.I), "4.4.7"),
    (
        re.compile(
            r"user (?:unknown|not found)|unknown (?:user|recipient|address)|no such|(?:not|n't) (?:exist|"
            r"have)|not (?:found|known|listed)|"
            r"invalid (?:recipient|address|mailbox)|undeliverable|address (?:rejected|not found)|no (?:mailbox|user)",
            re.I,
        ),
        "5.1.1",
    ),
)


def is_machine(address: str) -> bool:
    """Whether an address is that of a mail system."""
    return bool(_MACHINES.search(address.partition("@")[0]))


def reads_like_a_bounce(headers: Headers, subject: str, text: str) -> bool:
    """Whether a mail without a standard report is a bounce: two of sender, subject and letter must agree."""
    if _ANSWER.match(subject):
        return False
    sender = headers.text("from")
    from_machine = bool(_MACHINES.search(sender)) or _empty_return_path(headers)
    says_subject = bool(_SUBJECT.search(subject))
    if from_machine and says_subject:
        return True
    return from_machine and bool(_LETTER.search(text))


def _empty_return_path(headers: Headers) -> bool:
    if "return-path" not in headers or "auto-submitted" in headers:
        return False
    return headers.raw("return-path").strip() in ("<>", "")


def is_delay(subject: str, letter: str) -> bool:
    """Whether the server is still trying."""
    return bool(_DELAY.search(subject) or _DELAY.search(letter[:2_000])) and not _FINAL.search(letter[:2_000])


def split(text: str) -> tuple[str, str]:
    """The server's letter, and the returned mail under it."""
    below = _RETURNED_BELOW.search(text)
    return (text[: below.start()], text[below.start() :]) if below and below.start() > 20 else (text, text)


def status(letter: str) -> str:
    """The enhanced status that the words amount to, '' when they say nothing."""
    return next((code for words, code in _STATUSES if words.search(letter[:5_000])), "")


def diagnosis(letter: str) -> str:
    """The line in which the server gives its reason."""
    for line in letter[:10_000].splitlines():
        if re.search(r"\b[45]\d\d[ -]|[45]\.\d\.\d|unknown|full|quota|reject|refused|not exist|denied", line, re.I):
            return " ".join(line.split())[:500]
    return ""
