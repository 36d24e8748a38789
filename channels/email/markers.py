"""How the mail programs of this country's residents mark what they quote, in the languages they are set to.

Data, compiled once. English first, then French, Polish, Romanian, Portuguese, Spanish, German, and others in passing.
"""

import re

_WROTE = (
    r"wrote|writes|"
    r"a écrit|"
    r"napisał\(a\)|napisał/a|napisała|napisał|pisze|nadesłał|Wiadomość napisana przez|"
    r"a scris|scrie|"
    r"escreveu|"
    r"escribió|"
    r"schrieb|"
    r"ha scritto|schreef|geschreven|skrev|kirjoitti|ysgrifennodd|yazdı|napsal\(a\)|napsal|написал\(а\)|"
    r"написала?|пишет|"
    r"写道|寫道|のメール"
)
_BEGINS = (
    r"On|At|Le|Am|El|Em|No dia|W dniu|Dnia|Dne|Pe|În|In data|La|Il|Op|Den|Ar|"
    r"(?:mon|tue|wed|thu|fri|sat|sun|lun|mar|mer|mié|jeu|jue|ven|vie|vin|sam|sáb|sâm|dim|dum|dom|seg|ter|qua|qui|sex|"
    r"pon|pn|wt|śr|czw|pt|sob|sb|niedz|nd|mo|di|mi|do|fr|sa|so)[a-zéáăâíçł-]{0,8}[.,]{0,2}\s|\d{1,4}[.\-/年 ]"
)
WROTE = re.compile(rf"(?:{_WROTE})", re.I)
ATTRIBUTION = re.compile(rf"^(?:{_BEGINS}).{{4,400}}?(?:{_WROTE})(?!\w).{{0,150}}[:：]$", re.I)
NAMED_ATTRIBUTION = re.compile(rf"^[^.!?;]{{2,150}}?(?:{_WROTE})(?!\w)[^.!?]{{0,100}}[:：]$", re.I)
# "2026-11-20 10:00 GMT+00:00 Priya Shah <priya@…>:" and its Japanese kin carry no verb at all
DATED_ADDRESS = re.compile(
    r"^(?:\d{4}[-年/]\d{1,2}|\d{1,2}[./]\d{1,2}[./]\d{2,4})[^<>]{4,120}<[^<>\s@]+@[^<>\s]+>\s?[:：]$"
)
MACHINE_MADE = re.compile(r"\d{1,2}[:.h]\d{2}|<?[^\s<>@]+@[^\s<>@]+\.[^\s<>@]+>?")

_ORIGINAL = (
    r"original (?:message|e-?mail)|reply message|message d['’]origine|message (?:original|initial)|"
    r"(?:wiadomość oryginalna|oryginalna wiadomość|wiadomość pierwotna)|"
    r"mesaj(?:ul)? (?:original|inițial)|mensagem original|mensaje original|ursprüngliche (?:nachricht|e-?mail)|"
    r"original-?nachricht|messaggio originale|oorspronkelijk bericht|ursprungligt meddelande|oprindelig meddelelse|"
    r"neges wreiddiol|исходное сообщение|原始邮件|邮件原件"
)
_FORWARDED = (
    r"forwarded (?:message|by [^-]{1,80})|message (?:transféré|réexpédié)|(?:wiadomość przekazana|"
    r"przekazana wiadomość|"
    r"przesłana wiadomość)|mesaj redirecționat|mensagem (?:encaminhada|reencaminhada)|mensaje reenviado|"
    r"weitergeleitete nachricht|messaggio inoltrato|doorgestuurd bericht|vidarebefordrat meddelande|"
    r"neges a anfonwyd ymlaen"
)
DELIMITER = re.compile(
    rf"^[\s*]*(?:[-_=]{{2,}}\s*(?:{_ORIGINAL}|{_FORWARDED})\s*:?\s*[-_=]{{2,}}"
    rf"|-{{2,}}\s*(?:On|Le|Am|El|Em|Il|Op|W)\b.{{5,250}}(?:{_WROTE})\s*-{{2,}}"
    r"|(?:begin forwarded message|début du message (?:transféré|réexpédié)|początek przekazywanej wiadomości|"
    r"anfang der weitergeleiteten (?:nachricht|e-?mail)|início da mensagem (?:encaminhada|reencaminhada)|"
    r"inicio del mensaje reenviado|început mesaj redirecționat)\s?:?)[\s*]*$",
    re.I,
)
REPLY_ABOVE = re.compile(
    r"^[\s#*=\-_>]*(?:please\s+)?(?:type|write|add|send)?\s*(?:your\s+)?(?:reply|response|"
    r"answer)\s+(?:to this (?:e-?mail|message)\s+)?"
    r"above this line\b.{0,60}$",
    re.I,
)
RULE = re.compile(r"^\s*[-_=*~—–]{3,}\s*$")

_SENDER = r"From|De la|De|Von|Od|Da|Van|Från|Fra|Oddi wrth|Expéditeur|От|发件人|差出人"
_OTHER = (
    r"Sent|Date|To|Cc|CC|Subject|Reply-To|Importance|Attachments?|"
    r"Envoyé(?: le)?|À|A|Objet|Copie à|Cc à|"
    r"Wysłan[oeay]|Data|Do|DW|Temat|"
    r"Trimis|Către|Catre|Subiect|"
    r"Enviad[oa](?: em| el)?|Para|Assunto|Asunto|Fecha|Cópia|CC|"
    r"Gesendet(?: am)?|Datum|An|Kopie|Betreff|"
    r"Inviato|Oggetto|Verzonden|Aan|Onderwerp|Skickat|Till|Ämne|Sendt|Til|Emne|Anfonwyd|Dyddiad|At|Pwnc|"
    r"Отправлено|Дата|Кому|Тема|发送时间|收件人|主题|送信日時|宛先|件名"
)
SENDER_LINE = re.compile(rf"^[\s*_|]{{0,6}}(?:{_SENDER})\s?\*{{0,2}}\s?[:：]\*{{0,2}}(?:\s|$)")
HEADER_LINE = re.compile(rf"^[\s*_|]{{0,6}}(?:{_SENDER}|{_OTHER})\s?\*{{0,2}}\s?[:：]\*{{0,2}}(?:\s|$)")

_DEVICE = (
    r"i\s?phone|i\s?pad|i\s?pod|ipod|mac|android|samsung|galaxy|huawei|nokia|blackberry|windows|outlook|"
    r"mobile|phone|tablet|yahoo|"
    r"aol|gmail|mail|smartphone|device|xperia|sony|htc|lg|motorola|oneplus|xiaomi|redmi|pixel|honor|"
    r"telefon\w*|téléphone|"
    r"celular|telemóvel|teléfono|móvil|handy|ee|o2|bt|vodafone|three|proton\w*|hotmail|fairphone|oppo|kindle"
)
SENT_FROM = re.compile(
    rf"^[\s*_\-~>(\[]{{0,4}}(?:"
    rf"(?:sent|written|typed|composed)\s+(?:from|via|with|using|by|on)\s+.{{0,60}}?\b(?:{_DEVICE})\b"
    rf"|envoyé\s+(?:de(?:puis)?|à partir d[eu]|via|avec)\s+.{{0,60}}?\b(?:{_DEVICE})\b"
    rf"|(?:wysłan[oea]|wysłano)\s+(?:z|ze|przez|za pomocą)\s+.{{0,60}}?\b(?:{_DEVICE})"
    rf"|trimis\s+(?:de pe|din|prin|cu)\s+.{{0,60}}?\b(?:{_DEVICE})"
    rf"|(?:enviad[oa])\s+(?:do|da|de|desde|a partir do|pelo|via|através)\s+.{{0,60}}?\b(?:{_DEVICE})\b"
    rf"|(?:gesendet|gesendet mit|von mein\w+)\s+.{{0,60}}?\b(?:{_DEVICE})\b"
    rf"|(?:inviato|verzonden|verstuurd|skickat|sendt|lähetetty|отправлено|anfonwyd)\s+.{{0,60}}?\b(?:{_DEVICE})\b"
    r"|(?:get|download|télécharge[rz]|obtenez|pobierz|obțineți|obter|baixe|obtener|holen sie sich|ottieni|"
    r"télécharger)\s+"
    r"(?:the )?(?:outlook|aol|yahoo|proton|bt|samsung)\b.{0,80}"
    r"|yahoo mail:? (?:search, organi[sz]e, conquer|stuur|sök)"
    r"|从我的|iPhoneから送信"
    r").{0,120}$",
    re.I,
)
SIGNATURE_MARK = re.compile(r"^(?:-- ?|—|–|__|‐‐|--\s*)$")
