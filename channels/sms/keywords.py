"""The words by which a phone owner steers a service: only when they are the whole message.

"STOP" ends the texts; "stop sending that contractor" is a complaint and must be read as one. The single words are
Twilio's own, because Twilio blocks the number on them whatever we do. Its YES for START is left out: here "yes" is an
answer to a question of ours. People also say it in a sentence, which Twilio does not know: "stop texting me pls". That
counts only where the whole message says nothing else; of anything doubtful a person decides.
"""

import re
import string
from typing import Literal

Keyword = Literal["stop", "start", "help"]

_WORDS: dict[str, Keyword] = {
    **dict.fromkeys(("stop", "stopall", "unsubscribe", "end", "cancel", "quit", "optout", "revoke"), "stop"),
    **dict.fromkeys(("start", "unstop"), "start"),
    **dict.fromkeys(("help", "info"), "help"),
}
_ROUND = string.whitespace + string.punctuation + "‘’“”…"
_LONGEST = 120

_TEXTS = r"(?:texts?|txts?|text messages?|messages?|msgs?|sms|sms messages|texts and messages|texts or messages)"
_WHICH = r"(?:(?:me|us|any|all|of|these|those|the|this|your|more|anymore|further|bloody|silly|stupid|constant) )*"
_TO_ME = r"(?: to (?:me|us|this (?:number|phone)|my (?:number|phone|mobile)))?"
_AGAIN = r"(?: (?:any ?more|again|ever again|ever))?"
_WHOM = r"(?:me|us|this (?:number|phone)|my (?:number|phone|mobile))"
_TEXTING = r"(?:texting|txting|messaging|text messaging|sms ?ing)"
_WANTS, _WANTS_NO = r"(?:i )?(?:want|wish|would like|need|d like)", r"(?:i )?(?:do not|dont|don t|no longer) want"
_LIST = r"(?:text|texting|sms) (?:list|service)"
_DO_NOT = r"(?:do not|dont|don t|never)"

_SENTENCE = re.compile(
    "|".join(
        (
            rf"stop {_TEXTING}(?: {_WHOM})?{_AGAIN}",
            rf"stop sending {_WHICH}{_TEXTS}{_TO_ME}{_AGAIN}",
            rf"stop {_WHICH}{_TEXTS}{_TO_ME}",
            rf"{_WANTS} (?:you )?to stop {_TEXTING}(?: {_WHOM})?",
            rf"{_WANTS} (?:you )?to stop (?:getting |receiving |sending )?{_WHICH}{_TEXTS}{_TO_ME}",
            rf"{_DO_NOT} (?:text|txt|message|msg) {_WHOM}{_AGAIN}",
            rf"{_DO_NOT} send {_WHICH}{_TEXTS}{_TO_ME}{_AGAIN}",
            rf"no more {_WHICH}{_TEXTS}{_TO_ME}",
            rf"{_WANTS_NO} (?:to (?:get|receive|have) )?{_WHICH}{_TEXTS}(?: from you)?{_TO_ME}{_AGAIN}",
            rf"unsubscribe(?: {_WHOM})?(?: from {_WHICH}{_TEXTS})?",
            rf"{_WANTS} to (?:unsubscribe|opt out)(?: (?:from|of) {_WHICH}{_TEXTS})?",
            rf"opt (?:{_WHOM} )?out(?: (?:of|from) {_WHICH}{_TEXTS})?",
            rf"(?:take|remove) {_WHOM} (?:off|from) (?:(?:your|the|this) )?(?:{_TEXTS}|{_LIST})",
        )
    )
)
_COURTESY = (
    r"(?:please|pls|plz|plse|thanks|thank you|thankyou|thx|ta|cheers|hi|hello|hiya|hey|ok|okay|sorry|just|now|right now"
    r"|asap|immediately|can you|could you|would you|will you|and|so|today|from now on)"
)
_BEFORE, _AFTER = re.compile(rf"^(?:{_COURTESY} )+"), re.compile(rf"(?: {_COURTESY})+$")


def keyword(text: str) -> Keyword | None:
    """What the whole text asks of the service, as a single word or in a sentence that says nothing else."""
    return single_word(text) or ("stop" if _says_stop(text) else None)


def single_word(text: str) -> Keyword | None:
    """The keyword that the whole text is, whatever its case and the punctuation round it: what Twilio obeys, too."""
    return _WORDS.get(text.strip(_ROUND).casefold())


def _says_stop(text: str) -> bool:
    if len(text) > _LONGEST or "?" in text.rstrip(_ROUND):
        return False
    said = " ".join(re.sub(r"[^\w\s]", " ", re.sub(r"['’]", "", text.casefold())).split())
    bare = _AFTER.sub("", _BEFORE.sub("", said))
    return _SENTENCE.fullmatch(bare) is not None
