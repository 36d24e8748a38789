"""How the mail programs of this country's residents mark what they quote, in the languages they are set to.

Data, compiled once. English first, then French, Polish, Romanian, Portuguese, Spanish, German, and others in passing.
"""

import re

_WROTE = (
    r"wrote|writes|said|"
    r"(?:a|nous a|vous avez) (?:écrit|dit)|"
    r"napisał\(a\)|napisał/a|napisała|napisał|pisze|nadesłał|"
    r"a scris|scrie|"
    r"escreveu|"
    r"escribió|escribiu|va escriure|"
    r"schrieb(?:en)?|geschrieben|"
    r"ha scritto|schreef|geschreven|skrev|skreiv|kirjoitti|ysgrifennodd|yazdı|napsal\(a\)|napsal|napísal\(a\)|napísal|"
    r"írta|je napisao|je napisala|napisao je|napisala je|je napisal\(a\)|je napisal|rašė|rakstīja|kirjutas|menulis|"
    r"đã viết|έγραψε|"
    r"написал\(а\)|написала?|пишет|написав|написала|пише|написа|је написао|"
    r"写道|寫道|のメール|のメッセージ|작성|님이 작성|כתב/?ה?|كتب"
)
_BEGINS = (
    r"(?:On|At|Le|Am|El|Em|No dia|W dniu|Dnia|Dňa|Dne|Pe|În|In data|La|Il|Op|Den|Ar|På|Pada|Vào|Στις|В|У|"
    r"In (?:message|article)|Quoting|Citando|Zitat von|בתאריך|في)\s|在|"
    # a weekday in whatever language, then the day's number; or the date itself
    r"[^\W\d]{2,12}[.,،]{0,2}\s\d{1,2}[.,/\s]|\d{1,4}[.\-/年년 ]"
)
WROTE = re.compile(rf"(?:{_WROTE})", re.I)
ATTRIBUTION = re.compile(
    rf"^Wiadomość napisana przez .{{3,200}}:$"
    rf"|^(?:-{{2,}}\s*)?(?:{_BEGINS}).{{4,400}}?(?:{_WROTE}|(?<=> )sent)(?!\w).{{0,150}}(?:[:：]|\s?-{{2,}})$"
    rf"|^-{{2,}} .{{2,120}} (?:{_WROTE}) -{{2,}}$",
    re.I,
)
# Some programs leave out the colon; then a weekday, a date and a time must say that no person typed it.
WITHOUT_COLON = re.compile(
    r"^(?:On|At) (?:mon|tue|wed|thu|fri|sat|sun)\w*,? .{6,60}\d{1,2}:\d\d.{2,200}\bwrote$",
    re.I,
)
# "Priya Shah wrote:" is one only when quoted lines follow
NAMED_ATTRIBUTION = re.compile(rf"^.{{2,200}}?(?:{_WROTE})(?!\w).{{0,120}}[:：]$", re.I)
# … unless it has an address and a time in it, in whichever order the language puts them
ADDRESS_AND_TIME = re.compile(r"(?=.*[^\s<>@]@[^\s<>@]+\.\w)(?=.*\d{1,2}[:.]\d\d(?!\d))")
# "2026-11-20 10:00 GMT+00:00 Priya Shah <priya@…>:" and its kin carry no verb at all
DATED_ADDRESS = re.compile(
    r"^(?:\d{1,2}[:.]\d\d(?:\s?[ap]m)?,\s)?(?:\w{2,12}[.,]{1,2}\s)?"
    r"(?:(?:\w{3,12}\s)?\d{1,2},\s\d{4}|\d{4}[-年/.]\s?\d{1,2}|\d{1,2}[./]\d{1,2}[./]\d{2,4}|"
    r"\d{1,2}\s\w{2,10}[.,]?\s\d{4})"
    r"[^<>]{4,120}<\s?[^<>\s@]+@[^<>\s]+>\s?[:：]?$",
    re.I,
)
# … nor does whatever ends with an address and has a date and a time before it, in any language
DATED_BEFORE_ADDRESS = re.compile(
    r"^(?=.*\b(?:19|20)\d\d\b)(?=.*\d{1,2}[:.]\d\d(?!\d)).{6,250}<\s?[^<>\s@]+@[^<>\s]+>\)?\s?[:：]$"
)
ATTRIBUTIONS = (ATTRIBUTION, DATED_ADDRESS, DATED_BEFORE_ADDRESS, WITHOUT_COLON)
# Words before an attribution that lost its line break: "Thanks On Fri, 20 Nov 2026 at 10:00, … wrote:"
RUN_TOGETHER = re.compile(
    r"^(?P<said>.*?\S)\s*-{0,4}\s?(?P<attribution>On (?:mon|tue|wed|thu|fri|sat|"
    r"sun)\w*,? .{5,120}\d{1,2}:\d\d.{2,200}wrote:)$",
    re.I,
)
# … and one into which the first words of the history have run, as Yahoo's telephone programs have it
RUN_INTO = re.compile(
    r"^\s*(?P<attribution>On (?:mon|tue|wed|thu|fri|sat|sun)\w*,? .{5,120}\d{1,2}:\d\d.{2,200}"
    r"<[^<>\s@]+@[^<>\s]+>\s?wrote:)\s+(?P<rest>\S.*)$",
    re.I,
)
# "… <priya@example.org" at the end of one line, "> wrote:" on the next
BROKEN_ADDRESS = re.compile(r"<[^<>\s@]+@[^<>\s]+$")
REST_OF_ATTRIBUTION = re.compile(rf"^>\s?(?:{_WROTE})(?!\w).{{0,60}}[:：]$", re.I)
ADDRESS = re.compile(r"[^\s<>@]{1,64}@[^\s<>@]{1,200}\.[^\s<>@]{2,60}")
# A whole date and a time, in either order; or a year and a comma, as in "On Thursday, November 19, 2026, …"
MACHINE_MADE = re.compile(
    r"(?=.*(?:\b(?:19|20)\d\d|\d{1,2}[./-]\d{1,2}[./-]\d\d))(?=.*(?<![\d./-])\d{1,2}[:.h]\d\d(?![\d./-]))"
    r"|.*\b(?:19|20)\d\d,",
    re.I,
)
# "On 3 November 2026 at 10:30 your officer said:" is what people write, who call nobody by the name in an address book.
TOLD_BY_A_PERSON = re.compile(
    r"\b(?:your|the|an?|my|our|his|her|their|he|she|they|we|i|it|one|some(?:body|one)|nobody|no one)\b.{0,100}"
    r"(?:wrote|writes|said|says)\b|\bsa(?:id|ys)\b",
    re.I,
)

_ORIGINAL = (
    r"original (?:message|e-?mail)|reply message|message d['’]origine|message (?:original|initial)|"
    r"(?:wiadomość oryginalna|oryginalna wiadomość|wiadomość pierwotna)|"
    r"mesaj(?:ul)? (?:original|inițial)|mensagem original|mensaje original|ursprüngliche (?:nachricht|e-?mail)|"
    r"original[- ]?nachricht|antwort-? ?nachricht|messaggio originale|oorspronkelijk bericht|"
    r"ursprungligt meddelande|oprindelig (?:meddelelse|besked)|opprinnelig melding|alkuperäinen viesti|"
    r"původní (?:zpráva|e-?mail)|pôvodná správa|eredeti üzenet|(?:orijinal|özgün) (?:ileti|mesaj)|"
    r"αρχικό μήνυμα|оригінальне повідомлення|原始信件|元のメッセージ|원본 (?:메시지|메일)|"
    r"neges wreiddiol|исходное сообщение|原始邮件|邮件原件"
)
_FORWARDED = (
    r"forwarded (?:message|by [^-]{1,80})|message (?:transféré|réexpédié)|(?:wiadomość przekazana|"
    r"przekazana wiadomość|"
    r"przesłana wiadomość)|mesaj redirecționat|mensagem (?:encaminhada|reencaminhada)|mensaje reenviado|"
    r"weitergeleitete nachricht|messaggio inoltrato|doorgestuurd bericht|vidarebefordrat meddelande|"
    r"neges a anfonwyd ymlaen"
)
# Samsung's program sometimes loses the line breaks after it.
DELIMITER = re.compile(
    rf"^[\s*]*[-_=]{{2,}}\s*(?:{_ORIGINAL})\s*:?\s*[-_=]{{2,}}[\s*]*"
    r"(?:$|(?:From|Date|De|Von|Od|Da|Data|Datum|Subject|To|De la) ?:\s?\S.*$)",
    re.I,
)
FORWARDED = re.compile(
    rf"^[\s*]*(?:[-_=]{{2,}}\s*(?:{_FORWARDED})\s*:?\s*[-_=]{{2,}}"
    r"|(?:begin forwarded message|début du message (?:transféré|réexpédié)|początek przekazywanej wiadomości|"
    r"anfang der weitergeleiteten (?:nachricht|e-?mail)|início da mensagem (?:encaminhada|reencaminhada)|"
    r"inicio del mensaje reenviado|început mesaj redirecționat)\s?:?)[\s*]*$",
    re.I,
)
FORWARD_SUBJECT = re.compile(r"^\s*(?:fwd?|tr|wg|w\.|pd|enc|rv|i|fs|doorst|vb|ymlaen|转发|轉寄|转寄)\s?[:：]", re.I)
REPLY_ABOVE = re.compile(
    r"^[\s#*=\-_>]*(?:please\s+)?(?:type|write|add|send)?\s*(?:your\s+)?(?:reply|response|"
    r"answer)\s+(?:to this (?:e-?mail|message)\s+)?"
    r"above this line\b.{0,60}$",
    re.I,
)
RULE = re.compile(r"^\s*[-_=*~—–]{3,}\s*$")

_SENDER = (
    r"From|De la|De|Von|Od|Da|Van|Från|Fra|Oddi wrth|Expéditeur|Remitente|Remetente|Mittente|Absender|Nadawca|"
    r"Lähettäjä|Kimden|Gönderen|Feladó|Nuo|Saatja|Από|Від|От|Từ|发件人|寄件者|差出人|보낸 ?사람|מאת|من"
)
_OTHER = (
    r"Sent|Date|To|Cc|CC|Bcc|Subject|Reply-To|Importance|Attachments?|"
    r"Envoyé(?: le)?|À|A|Objet|Copie à|Cc à|Répondre à|Destinataire|"
    r"Wysłan[oeay]|Data|Do|DW|Temat|Adresat|"
    r"Trimis|Către|Catre|Subiect|"
    r"Enviad[oa](?: em| el)?|Para|Assunto|Asunto|Fecha|Cópia|CC|Destinatário|Destinatario|"
    r"Gesendet(?: am)?|Datum|An|Kopie|Betreff|Empfänger|"
    r"Inviato|Oggetto|Verzonden|Aan|Onderwerp|Skickat|Till|Ämne|Kopia|Sendt|Til|Emne|Dato|Kopi|"
    r"Anfonwyd|Dyddiad|At|Pwnc|Lähetetty|Vastaanottaja|Aihe|Päivämäärä|"
    r"Odesláno|Komu|Předmět|Odoslané|Predmet|Dátum|Elküldve|Címzett|Tárgy|Tarih|Gönderildi|Kime|Konu|Bilgi|"
    r"Išsiųsta|Kam|Tema|Nosūtīts|Temats|Saadetud|Teema|Στάλθηκε|Ημερομηνία|Προς|Θέμα|"
    r"Надіслано|Отправлено|Изпратено|До|Дата|Кому|Тема|Относно|Копия|Копія|Gửi|Đến|Tới|Chủ đề|Ngày|"
    r"发送时间|发送日期|日期|时间|收件人|抄送|主题|寄件日期|收件者|副本|主旨|送信日時|日時|宛先|件名|"
    r"보낸 ?날짜|날짜|받는 ?사람|참조|제목|נשלח|תאריך|אל|נושא|تاريخ الإرسال|التاريخ|إلى|الموضوع"
)
# A colon and a blank; Chinese and Japanese need no blank.
_COLON = r"\s?\*{0,2}\s?(?:[:：]\*{0,2}(?:\s|$)|：|(?<=[\u3040-\u9fff]):)"
SENDER_LINE = re.compile(rf"^[\s*_|]{{0,6}}(?:{_SENDER}){_COLON}")
HEADER_LINE = re.compile(rf"^[\s*_|]{{0,6}}(?:{_SENDER}|{_OTHER}){_COLON}")
# Two lines are enough when one gives an address and the other a full date.
ADDRESSED = re.compile(r"[^\s@<>:]@[^\s@<>]+\.\w")
DATED_LINE = re.compile(
    r"^[\s*_|]{0,6}(?:Sent|Date|Envoyé|Wysłano|Trimis|Enviado|Gesendet|Data|Datum|Dato)\s?[*:：].*"
    r"\b(?:19|20)\d\d\b.*\d{1,2}[:.]\d\d",
)

_DEVICE = (
    r"i\s?phon\w{1,3}|i\s?pad\w{0,2}|i\s?pod|ipod|mac|android|samsung|galaxy|huawei|nokia|blackberry|windows|outlook|"
    r"mobile|cell|phone|"
    r"tablet|yahoo|aol|gmail|mail\w*|smartphone|device|xperia|sony|htc|lg|motorola|oneplus|xiaomi|redmi|pixel|honor|"
    r"telefon\w*|téléphone|celular|telemóvel|teléfono|móvil|mobil\w*|handy|ee|o2|bt|vodafone|three|proton\w*|hotmail|"
    r"fairphone|oppo|kindle|inbox|airmail|sparrow|acompli|spark|pc|thunderbird|superhuman|newton|boxer|bluemail|"
    r"mailspring|canary|tutanota|fastmail|zoho|k-?9|em client|webmail|icloud|roundcube|"
    r"(?:virgin media|talktalk|sky|plusnet|btinternet)(?= ?(?:mail|webmail|app|e-?mail))"
)
SENT_FROM = re.compile(
    rf"^[\s*_\-~<>(\[]{{0,4}}(?:"
    rf"sent from my\b.{{0,60}}"
    rf"|(?:sent|written|typed|composed)\s+(?:from|via|with|using|by|on)\s+.{{0,60}}?\b(?:{_DEVICE})\b"
    rf"|sent wirelessly\b.{{0,80}}"
    rf"|\w+ from (?:my )?mobile$"
    rf"|from my (?:{_DEVICE})\b.{{0,20}}$"
    rf"|envoyé\s+(?:de(?:puis)?|à partir d[eu]|via|avec|sans fil par)\s+.{{0,60}}?\b(?:{_DEVICE})\b"
    rf"|(?:wysłan[oea]|wysłano)\s+(?:z|ze|przez|za pomocą)\s+.{{0,60}}?\b(?:{_DEVICE})"
    rf"|trimis\s+(?:de pe|din|prin|cu)\s+.{{0,60}}?\b(?:{_DEVICE})"
    rf"|(?:enviad[oa])\s+(?:do|da|de|desde|a partir do|pelo|via|através)\s+.{{0,60}}?\b(?:{_DEVICE})\b"
    rf"|(?:gesendet|gesendet mit|von mein\w+|von (?=\w+ gesendet$)|"
    rf"diese nachricht wurde von mein\w+)\s+.{{0,60}}?\b(?:{_DEVICE})\b"
    rf"|(?:inviato|verzonden|verstuurd|skickat|sendt|lähetetty|отправлено|"
    rf"надіслано|odesláno|odoslané|anfonwyd|από το)\s+.{{0,60}}?\b(?:{_DEVICE})\b"
    r"|(?:get|download|télécharge[rz]|obtenez|pobierz|obțineți|obter|baixe|obtener|holen sie sich|"
    r"ottieni|hämta|hent|skaffa|download de|scarica)\s+"
    r"(?:the )?(?:outlook|aol|yahoo|proton|bt|samsung)\b.{0,80}"
    r"|yahoo mail:? (?:search, organi[sz]e, conquer|stuur|sök)"
    r"|(?:从|從)我的|发自我的|發自我的|(?:iPhone|iPad|Android)から送信|나의 (?:iPhone|iPad)에서 보냄"
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
MAX_ADVERTISEMENT_WORDS = 11
SIGNATURE_MARK = re.compile(r"^(?:-- ?|—|–|__|‐‐|--\s*)$")
# A link that begins in a quoted line and goes on in the next one, which has lost its `>`.
LINK_BROKEN = re.compile(r"[(<]https?://[^\s)>]*$")
LINK_ALONE = re.compile(r"^\s*[(<\[]?https?://\S+[)>\]]?\s*>?\s*$")
