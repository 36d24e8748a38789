"""The words of mail servers that do not write standard reports: how their letters are known and what they mean."""

import re

from channels.email.headers import Headers

_DAEMON = r"mailer[-_ ]?daemon|mail[-_ ]?daemon"
_MACHINES = re.compile(
    rf"(?<![a-z0-9])(?:{_DAEMON}|post[-_]?master|post_?office|mdaemon|mail deliver(?:y|"
    r"er)? ?(?:sub)?system|"
    r"mail delivery|mail administrator|mail system|mailer|mailadmin|system administrator|microsoft outlook|"
    r"microsoft ?exchange\w*|exchange server|bounce[sd]?|mail-?server|smtp[-_ ]?gateways?|internet mail delivery|"
    r"complaint-system|email[- ]delivery|content-filter|interscan\w*|mimecast|mailmarshal|mail gateway|"
    r"smtp[-_ ](?:mail|service|server)|anti[-_ ]?virus)(?![a-z])",
    re.I,
)
# Of these names no web form or newsletter calls itself, so that a subject is enough beside them.
_DELIVERS = re.compile(
    r"(?<![a-z0-9])(?:post[-_]?master|mail deliver(?:y|er)? ?(?:sub)?system|system administrator)", re.I
)
_DAEMONS_ADDRESS = re.compile(rf"(?:{_DAEMON})(?:@|>|\s*$|\s*\()", re.I)
_SURE_SUBJECT = re.compile(
    r"^\s*(?:\[postmaster\]|undeliver(?:able|ed)(?: mail|:| message|$)|delivery (?:status|failure) notification|"
    r"non-?delivery(?: (?:report|notification|receipt))?:|"
    r"returned mail:|failure notice|"
    r"mail delivery failed|undelivered mail returned|non remis|unzustellbar|niedostarczalne|nelivrabil|"
    r"não é possível entregar|"
    r"no se puede entregar|there was an error sending your mail|mail could not be delivered|\[bounce\]|"
    r"メッセージを配信できません|メール配信に失敗しました)",
    re.I,
)
_SURE_OPENING = re.compile(
    r"\A\s*(?:hi\. this is the (?:qmail|mail)|this (?:is the mail system at host|"
    r"message was created automatically by)|"
    r"your mail (?:sent on|attempted to be delivered on)|the original message was received at|"
    r"this is an automatically generated delivery|\|-{10,} message log follows|"
    r"(?:delivery to the following recipients?|a message (?:that )?you (?:have )?sent) (?:has )?(?:failed|could not)|"
    r"\{\"(?:notificationType|eventType)\"\s*:\s*\"(?:Bounce|Complaint|Delivery)\")",
    re.I,
)
_SUBJECT = re.compile(
    r"undeliver(?:ed|able)|(?:mail|message|e-?mail) (?:delivery )?(?:failed|failure|error|could not)|"
    r"mail (?:delivery (?:status|problem|system|warning|notification|report)|system error)|"
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
    r"\[bounce\]|bounce[d]?(?: mail|:| message|$)|"
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
    r"user (?:unknown|not found|doesn't exist)|"
    r"(?:unknown|no such|invalid|not a valid) (?:user|recipient|address|mailbox|local)|"
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
# A letter of which the first words, before any others, name somebody whom a mail did not reach.
_SOMEBODY_NOT_REACHED = re.compile(
    r"\A\W*(?:non-?delivery report\W+(?:[a-z]+ ){0,6})?"
    r"(?:your|the|votre) (?:message|mail|e-?mail)\b[^.@]{0,60}?"
    r"(?:(?:could not|cannot|can't|couldn't) be (?:delivered|sent)|(?:was not|wasn't|has not been) delivered|"
    r"n'a pas pu [eê]tre (?:d[eé]livr[eé]|remis))"
    r" (?:to|[aà])(?: the following (?:users?|recipients?|address(?:es)?|person))?\s*:?\s*"
    r"[\"'<]?(?P<whom>[^\s@<>\"']{1,64}@[^\s@<>\"']{1,250})",
    re.I,
)
# What a provider calls it when one of its customers pressed "this is spam" on a mail of ours.
_COMPLAINED = re.compile(r"^\s*complaint about message from \d", re.I)
_ANSWER = re.compile(r"^\s*(?:re|aw|sv|odp|rv|ynt|antw|fwd?|wg|tr)\s*(?:\[\d+\])?\s*:", re.I)
_CODE = re.compile(r"(?:^|[:>\"'(\[#])\s*[45][0-5]\d[ -]|\b[45]\.\d{1,3}\.\d{1,3}\b|\bsmtp\b", re.I | re.M)
# A returned mail, or the dialogue of two servers, quoted in the letter.
_EVIDENCE = re.compile(
    r"^[ \t>]*(?:received: .{0,60}\b(?:from|by)\b|return-path: |message-id: ?<|rcpt to: ?\S+@|mail from: ?\S+@|"
    r"(?:<<<|>>>) |remote-mta:|-{3,}.{0,40}(?:original|returned|transcript|below this line))",
    re.I | re.M,
)
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


def reads_like_a_bounce(headers: Headers, subject: str, text: str, *, returns_mail: bool) -> bool:
    """Whether a mail without a standard report is a bounce: two of sender, subject, letter and proof must agree.

    `returns_mail` says that a mail is enclosed. An answer ("Re: …") needs proof from a machine.
    """
    from_nobody = _from_nobody(headers)
    from_machine = from_nobody or bool(_MACHINES.search(headers.text("from"))) or _empty_return_path(headers)
    proof = returns_mail or bool(_EVIDENCE.search(text))
    letter = bool(_LETTER.search(text))
    if "x-mlserver" in headers and proof:
        return True
    if returns_mail and complained(subject):
        return True
    if _names_somebody_not_reached(headers, text):
        return True
    if _ANSWER.match(subject):
        return from_machine and letter and proof
    if from_machine and (_SURE_OPENING.match(text) or (_SUBJECT.search(subject) and (proof or _CODE.search(text)))):
        return True
    if from_machine and letter and _SURE_SUBJECT.match(subject):
        return True
    daemon = from_nobody or bool(_DAEMONS_ADDRESS.search(headers.raw("from")))
    if daemon and (letter or proof):
        return True
    if _SUBJECT.search(subject) and (daemon or _DELIVERS.search(headers.text("from"))):
        return True
    if letter and proof and (from_machine or _SURE_SUBJECT.match(subject)):
        return True
    return proof and bool(_SURE_OPENING.match(text))


def complained(subject: str) -> bool:
    """Whether a provider reports that its customer called a mail of ours spam, without a standard report."""
    return bool(_COMPLAINED.match(subject))


def _names_somebody_not_reached(headers: Headers, text: str) -> bool:
    """Whether the letter opens with the name of somebody not reached: neither the writer nor the box written to."""
    found = _SOMEBODY_NOT_REACHED.match(text[:2_000])
    if found is None:
        return False
    known = " ".join((headers.raw("from"), headers.raw("to"))).lower()
    return found["whom"].strip(".,;:").lower() not in known


def _from_nobody(headers: Headers) -> bool:
    """Whether From has a name at most and the empty address, as servers write it and no person can."""
    return "from" in headers and headers.raw("from").rstrip().endswith("<>")


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
