"""How the mail programs of this country's residents mark what they quote, in the languages they are set to.

Data, compiled once. English first, then French, Polish, Romanian, Portuguese, Spanish, German, and others in passing.
"""

import re

_WROTE = (
    r"wrote|writes|said|"
    r"a écrit|"
    r"napisał\(a\)|napisał/a|napisała|napisał|pisze|nadesłał|"
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
    r"(?:mon|tue|wed|thu|fri|sat|sun|lun|mar|mer|mié|mie|joi|jeu|jue|ven|vie|vin|sam|sáb|sâm|dim|dum|dom|"
    r"seg|ter|qua|qui|sex|pon|pn|wt|śr|czw|pt|sob|sb|niedz|nd|mo|di|mi|do|fr|sa|so)"
    r"[a-zéáăâíçł-]{0,8}[.,]{0,2}\s|\d{1,4}[.\-/年 ]"
)
WROTE = re.compile(rf"(?:{_WROTE})", re.I)
ATTRIBUTION = re.compile(
    rf"^Wiadomość napisana przez .{{3,200}}:$"
    rf"|^(?:-{{2,}}\s*)?(?:{_BEGINS}).{{4,400}}?(?:{_WROTE}|(?<=> )sent)(?!\w).{{0,150}}(?:[:：]|\s-{{2,}})$",
    re.I,
)
# "Priya Shah wrote:" is one only when quoted lines follow
NAMED_ATTRIBUTION = re.compile(rf"^.{{2,200}}?(?:{_WROTE})(?!\w).{{0,120}}[:：]$", re.I)
# "2026-11-20 10:00 GMT+00:00 Priya Shah <priya@…>:" and its kin carry no verb at all
DATED_ADDRESS = re.compile(
    r"^(?:\w{2,10}[.,]{1,2}\s)?(?:\d{4}[-年/.]\s?\d{1,2}|\d{1,2}[./]\d{1,2}[./]\d{2,4}|\d{1,2}\s\w{2,10}[.,]?\s\d{4})"
    r"[^<>]{4,120}<\s?[^<>\s@]+@[^<>\s]+>\s?[:：]?$"
)
# Words before an attribution that lost its line break: "Thanks On Fri, 20 Nov 2026 at 10:00, … wrote:"
RUN_TOGETHER = re.compile(
    r"^(?P<said>.*?\S)\s*-{0,4}\s?(?P<attribution>On (?:mon|tue|wed|thu|fri|sat|"
    r"sun)\w*,? .{5,120}\d{1,2}:\d\d.{2,200}wrote:)$",
    re.I,
)
MACHINE_MADE = re.compile(
    r"\d{1,2}[:.h]\d{2}|<?[^\s<>@]{1,64}@[^\s<>@]{1,200}\.[^\s<>@]{2,60}>?"
    r"|\b(?:mon|tues?|wednes|thurs?|fri|satur|sun)(?:day)?,? .{0,30}\b(?:19|20)\d\d|\b(?:19|20)\d\d,",
    re.I,
)

_ORIGINAL = (
    r"original (?:message|e-?mail)|reply message|message d['’]origine|message (?:original|initial)|"
    r"(?:wiadomość oryginalna|oryginalna wiadomość|wiadomość pierwotna)|"
    r"mesaj(?:ul)? (?:original|inițial)|mensagem original|mensaje original|ursprüngliche (?:nachricht|e-?mail)|"
    r"original-?nachricht|antwort-? ?nachricht|messaggio originale|oorspronkelijk bericht|"
    r"ursprungligt meddelande|oprindelig meddelelse|"
    r"neges wreiddiol|исходное сообщение|原始邮件|邮件原件"
)
_FORWARDED = (
    r"forwarded (?:message|by [^-]{1,80})|message (?:transféré|réexpédié)|(?:wiadomość przekazana|"
    r"przekazana wiadomość|"
    r"przesłana wiadomość)|mesaj redirecționat|mensagem (?:encaminhada|reencaminhada)|mensaje reenviado|"
    r"weitergeleitete nachricht|messaggio inoltrato|doorgestuurd bericht|vidarebefordrat meddelande|"
    r"neges a anfonwyd ymlaen"
)
DELIMITER = re.compile(rf"^[\s*]*[-_=]{{2,}}\s*(?:{_ORIGINAL})\s*:?\s*[-_=]{{2,}}[\s*]*$", re.I)
FORWARDED = re.compile(
    rf"^[\s*]*(?:[-_=]{{2,}}\s*(?:{_FORWARDED})\s*:?\s*[-_=]{{2,}}"
    r"|(?:begin forwarded message|début du message (?:transféré|réexpédié)|początek przekazywanej wiadomości|"
    r"anfang der weitergeleiteten (?:nachricht|e-?mail)|início da mensagem (?:encaminhada|reencaminhada)|"
    r"inicio del mensaje reenviado|început mesaj redirecționat)\s?:?)[\s*]*$",
    re.I,
)
FORWARD_SUBJECT = re.compile(r"^\s*(?:fwd?|tr|wg|pd|enc|rv|i|fs|doorst|vb|ymlaen)\s?:", re.I)
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
    r"mobile|cell|phone|"
    r"tablet|yahoo|aol|gmail|mail\w*|smartphone|device|xperia|sony|htc|lg|motorola|oneplus|xiaomi|redmi|pixel|honor|"
    r"telefon\w*|téléphone|celular|telemóvel|teléfono|móvil|mobil\w*|handy|ee|o2|bt|vodafone|three|proton\w*|hotmail|"
    r"fairphone|oppo|kindle|inbox|airmail|sparrow|acompli|spark|pc"
)
SENT_FROM = re.compile(
    rf"^[\s*_\-~<>(\[]{{0,4}}(?:"
    rf"sent from my\b.{{0,60}}"
    rf"|(?:sent|written|typed|composed)\s+(?:from|via|with|using|by|on)\s+.{{0,60}}?\b(?:{_DEVICE})\b"
    rf"|from my (?:{_DEVICE})\b.{{0,20}}$"
    rf"|envoyé\s+(?:de(?:puis)?|à partir d[eu]|via|avec)\s+.{{0,60}}?\b(?:{_DEVICE})\b"
    rf"|(?:wysłan[oea]|wysłano)\s+(?:z|ze|przez|za pomocą)\s+.{{0,60}}?\b(?:{_DEVICE})"
    rf"|trimis\s+(?:de pe|din|prin|cu)\s+.{{0,60}}?\b(?:{_DEVICE})"
    rf"|(?:enviad[oa])\s+(?:do|da|de|desde|a partir do|pelo|via|através)\s+.{{0,60}}?\b(?:{_DEVICE})\b"
    rf"|(?:gesendet|gesendet mit|von mein\w+|diese nachricht wurde von mein\w+)\s+.{{0,60}}?\b(?:{_DEVICE})\b"
    rf"|(?:inviato|verzonden|verstuurd|skickat|sendt|lähetetty|отправлено|anfonwyd)\s+.{{0,60}}?\b(?:{_DEVICE})\b"
    r"|(?:get|download|télécharge[rz]|obtenez|pobierz|obțineți|obter|baixe|obtener|holen sie sich|ottieni)\s+"
    r"(?:the )?(?:outlook|aol|yahoo|proton|bt|samsung)\b.{0,80}"
    r"|yahoo mail:? (?:search, organi[sz]e, conquer|stuur|sök)"
    r"|(?:从|從)我的|iPhoneから送信"
    r").{0,120}$",
    re.I,
)
# What the landlord's own mail gateway puts above a resident's words.
BANNER = re.compile(
    r"^\W*(?:you don['’]t often get e-?mail from\b.*"
    r"|(?:<https?://\S+>|\W)*learn why this is important\b.*"
    r"|(?:caution|warning|alert|external|attention|be careful)\b(?=.*\b(?:e-?mail|message|sender)\b)"
    r"(?=.*\b(?:originat\w+|outside|external|click\w*)\b).*"
    r"|this (?:e-?mail|message) (?:originated|came|was (?:sent|received)|is) (?:from )?(?:an )?(?:outside|"
    r"external)\b.*"
    r"|do not click (?:on )?(?:any )?(?:links?|attachments?)\b.*"
    r"|\[?external(?: e-?mail| sender| message)?\]?)\W*$",
    re.I,
)
SIGNATURE_MARK = re.compile(r"^(?:-- ?|—|–|__|‐‐|--\s*)$")
LINK_ALONE = re.compile(r"^\s*[(<\[]?https?://\S+[)>\]]?\s*>?\s*$")
