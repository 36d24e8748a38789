"""Tells English from the other languages that residents of the United Kingdom write in, by script and small words."""

import re
import unicodedata
from collections import Counter

_WORDS = re.compile(r"[^\W\d_]+")
LOOKED_AT = 2_000

SMALL_WORDS: dict[str, frozenset[str]] = {
    language: frozenset(words.split())
    for language, words in {
        "en": "the a an and is are was were i you we it to of in on for my your have has had not no be been do did can could will would "
        "with this that there they he she but from at as so what when where please thanks hello hi help from me out up just any if or "
        "im its dont still now yes ok thank back get got new all day u ur pls",
        "pl": "nie jest się na to że jak proszę dzień dobry od mam mamy czy do w z i już bardzo jestem ale dla może nam mi mnie pan pani tylko "
        "mieszkanie woda ogrzewanie zepsuty dziękuję prosze sie juz byl było był ma są sa po za przez kiedy",
        "ro": "nu este și si în la cu pe de am va rog vă mulțumesc pentru că sunt din bună ziua apa caldă noi dar mai au avem foarte căldură mea meu",
        "pt": "não nao está o os um uma para com por favor obrigado obrigada bom dia tenho temos que de em minha meu casa água já muito na no do da",
        "es": "no está el la los las una para con por favor gracias buenos días tengo que de en mi casa agua ya muy hola del es un se nos hace",
        "fr": "le la les un une est je nous vous ne pas que de des en et bonjour merci mon ma chez depuis avec pour dans il y a sur ce eau",
        "it": "il la lo gli una è non sono ho che di per con grazie buongiorno mio mia casa acqua da nel della del abbiamo più un",
        "de": "der die das und ist nicht ich wir sie ein eine mit für bitte danke guten tag seit haben habe keine mein meine zu auf im es",
        "tr": "bir ve bu için değil çok var yok ben biz lütfen teşekkür merhaba su evde günü gün sıcak mi ne da de olarak çalışmıyor",
        "so": "waa iyo ma in ka ku oo la aan waxaan fadlan mahadsanid guriga biyo biyaha ayaa uu si kale maya haa kulaylka aniga",
        "sq": "dhe nuk është një për me në të po ju lutem faleminderit kam kemi shtëpi uji ka jam mirëdita prej",
        "lt": "ir ne yra aš mes prašau ačiū laba diena nuo bet kad su mano namuose vanduo nėra šildymas jau labai",
        "hu": "a az és nem van hogy egy kérem köszönöm jó napot nincs meleg víz már nagyon de vagyok ez",
        "cy": "y yr a i yn mae ddim wedi ar o am eich ein gyda diolch os gwelwch chi dda bore dw rydw nid oes dŵr tŷ gan fy",
        "sk": "je nie som sa na že prosím ďakujem dobrý deň od ale máme nám voda už veľmi v s pre",
        "cs": "je není jsem se na že prosím děkuji dobrý den od ale máme nám voda už velmi v s pro",
        "nl": "de het een en is niet ik wij u van voor met alstublieft bedankt goedemorgen sinds hebben geen mijn op dat",
        "vi": "không là và của tôi có cho xin cảm ơn chào nước nhà bị đã được rất một ngày",
        "ur": "hai nahi nahin mein main ka ki ke ko se aur ghar pani bahut shukriya janab kya koi abhi tak hain hum mera meri garam karo karein",
    }.items()
}
SCRIPTS = {
    "ARABIC": "ar", "CYRILLIC": "ru", "BENGALI": "bn", "GURMUKHI": "pa", "GUJARATI": "gu", "DEVANAGARI": "hi", "TAMIL": "ta", "GREEK": "el",
    "HEBREW": "he", "CJK": "zh", "HIRAGANA": "ja", "KATAKANA": "ja", "HANGUL": "ko", "ETHIOPIC": "am", "THAI": "th", "TELUGU": "te",
    "SINHALA": "si", "MALAYALAM": "ml",
}  # fmt: skip


def language_of(text: str) -> str:
    """An ISO 639-1 code; "und" when there are no words, "en" unless another language is plainer than English."""
    words = _WORDS.findall(text[:LOOKED_AT].lower())
    if not words:
        return "und"
    script = _script(words)
    if script:
        return script
    counts = Counter(words)
    scores = {language: sum(counts[word] for word in known) for language, known in SMALL_WORDS.items()}
    best = max(scores, key=lambda language: scores[language])
    plainer = scores[best] >= 2 and scores[best] > 1.5 * scores["en"] and scores[best] >= 0.12 * len(words)
    return best if best != "en" and plainer else "en"


def _script(words: list[str]) -> str:
    found: Counter[str] = Counter()
    for word in words:
        name = unicodedata.name(word[0], "").split(" ")[0]
        found[SCRIPTS.get(name, "")] += 1
    code, count = found.most_common(1)[0]
    if code and count * 2 >= len(words):
        return code
    return ""
