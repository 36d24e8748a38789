"""What a sender wrote this time, out of what the mail programs of residents make of it."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from channels.email.replies import new_text

OURS = "Dear Ms Okafor,\nWe will call on Monday.\nLarchmere Homes"
QUOTED = "\n".join(f"> {line}" for line in OURS.split("\n"))
SAID = "Nobody came on Monday."

# How each program, in each language, begins what it quotes; with `>` before the quoted lines.
ATTRIBUTIONS = {
    "Gmail": "On Thu, 19 Nov 2026 at 09:12, Larchmere Homes <info@larchmere.example> wrote:",
    "Gmail, folded": "On Thu, 19 Nov 2026 at 09:12, Larchmere Homes <\ninfo@larchmere.example> wrote:",
    "Gmail, folded twice": "On Thu, 19 Nov 2026 at 09:12, Larchmere Homes\n<info@larchmere.example>\nwrote:",
    "Gmail, folded inside the address": "On Thu, 19 Nov 2026 at 09:12, Larchmere <info@larchmere.example\n> wrote:",
    "French, folded inside the address": "Le jeu. 19 nov. 2026 à 09:12, Larchmere <info@larchmere.example\n> a écrit :",
    "no time, in three lines": "On Thu, 19 Nov, Larchmere Homes\n<info@larchmere.example>\nwrote:",
    "Gmail, no blank": "On Thu, 19 Nov 2026 at 09:12, Larchmere Homes <info@larchmere.example>wrote:",
    "Thunderbird": "On 19/11/2026 09:12, Larchmere Homes wrote:",
    "Thunderbird, weekday": "On Thu, 2026-11-19 at 09:12 +0000, Larchmere Homes wrote:",
    "Apple Mail": "On 19 Nov 2026, at 09:12, Larchmere Homes <info@larchmere.example> wrote:",
    "Yahoo": "On Thursday, 19 November 2026, 09:12:33 GMT, Larchmere Homes <info@larchmere.example> wrote:",
    "long weekday, no time": "On Thursday, November 19, 2026, Larchmere Homes wrote:",
    "old Gmail": "2026-11-19 9:12 GMT+00:00 Larchmere Homes <info@larchmere.example>:",
    "old Gmail, no colon": "2026/11/19 Larchmere Homes <info@larchmere.example>",
    "Zoho": "---- On Thu, 19 Nov 2026 09:12:33 +0000 Larchmere Homes <info@larchmere.example> wrote ----",
    "name only": "Larchmere Homes <info@larchmere.example> wrote:",
    "At": "At 11/19/2026 09:12 AM, you wrote:",
    "French Gmail": "Le jeu. 19 nov. 2026 à 09:12, Larchmere Homes <info@larchmere.example> a écrit :",
    "French Apple": "Le 19 nov. 2026 à 09:12, Larchmere Homes <info@larchmere.example> a écrit :",
    "Polish Gmail": "czw., 19 lis 2026 o 09:12 Larchmere Homes <info@larchmere.example>\nnapisał(a):",
    "Polish Thunderbird": "W dniu 19.11.2026 o 09:12, Larchmere Homes pisze:",
    "Polish Apple": "Wiadomość napisana przez Larchmere <info@larchmere.example> w dniu 19 lis 2026, o godz. 09:12:",
    "Polish webmail": "Dnia 19 listopada 2026 09:12 Larchmere Homes <info@larchmere.example> napisał(a):",
    "Romanian Gmail": "joi, 19 nov. 2026 la 09:12, Larchmere Homes <info@larchmere.example> a scris:",
    "Romanian Apple": "Pe 19 nov. 2026, la 09:12, Larchmere Homes <info@larchmere.example> a scris:",
    "Portuguese Gmail": "Larchmere Homes <info@larchmere.example> escreveu (quinta, 19/11/2026 à(s) 09:12):",
    "Brazilian Gmail": "Em qui., 19 de nov. de 2026 às 09:12, Larchmere Homes <info@larchmere.example> escreveu:",
    "Spanish Gmail": "El jue, 19 nov 2026 a las 9:12, Larchmere Homes (<info@larchmere.example>) escribió:",
    "German Gmail": "Am Do., 19. Nov. 2026 um 09:12 Uhr schrieb Larchmere Homes <info@larchmere.example>:",
    "German Thunderbird": "Am 19.11.2026 um 09:12 schrieb Larchmere Homes:",
    "Italian": "Il giorno gio 19 nov 2026 alle ore 09:12 Larchmere Homes <info@larchmere.example> ha scritto:",
    "Dutch": "Op do 19 nov 2026 om 09:12 schreef Larchmere Homes <info@larchmere.example>:",
    "Dutch Apple": "Op 19 nov. 2026 om 09:12 heeft Larchmere Homes <i@larchmere.example> het volgende geschreven:",
    "Danish": "Den tors. 19. nov. 2026 kl. 09.12 skrev Larchmere Homes <info@larchmere.example>:",
    "Welsh": "Ar Iau, 19 Tach 2026 am 09:12, Larchmere Homes <info@larchmere.example> ysgrifennodd:",
    "no colon": "On Thu, 19 Nov 2026 09:12:33 +0000 Larchmere Homes <info@larchmere.example> wrote",
    "time first": '9:12 AM, November 19, 2026, "Larchmere Homes" <info@larchmere.example>:',
    "dots and no verb": '19.11.2026, 09.12, "Larchmere Homes" <info@larchmere.example>:',
    "with from": "Thursday, 19 November 2026, 9:12 AM +0000 from Larchmere Homes <info@larchmere.example>:",
    "dashes and a name": "---- Larchmere Homes wrote ----",
    "dashes that touch": "------On 11/19/2026 09:12 AM, Larchmere Homes wrote-----",
    "Quoting": "Quoting Larchmere Homes <info@larchmere.example> on 19/11/2026 09:12, who wrote:",
    "name first": "Larchmere Homes <info@larchmere.example> wrote on Thu, 19 Nov 2026 at 09:12:",
    "German, name first": "Larchmere Homes <info@larchmere.example> schrieb am Do., 19. Nov. 2026, 09:12:",
    "German, formal": "Am 19.11.2026 um 09:12 schrieben Sie:",
    "Norwegian": "På 19 november 2026 på 09:12:33, Larchmere Homes (info@larchmere.example) skrev:",
    "Norwegian Gmail": "tor. 19. nov. 2026 kl. 09:12 skrev Larchmere Homes <info@larchmere.example>:",
    "Swedish": "Den tors 19 nov. 2026 kl 09:12 skrev Larchmere Homes <info@larchmere.example>:",
    "Finnish": "to 19. marrask. 2026 klo 9.12 Larchmere Homes (info@larchmere.example) kirjoitti:",
    "Czech": "čt 19. 11. 2026 v 9:12 odesílatel Larchmere Homes <info@larchmere.example> napsal:",
    "Slovak": "št 19. 11. 2026 o 9:12 Larchmere Homes <info@larchmere.example> napísal(a):",
    "Hungarian": "Larchmere Homes <info@larchmere.example> ezt írta (időpont: 2026. nov. 19., Cs, 9:12):",
    "Turkish": "Larchmere Homes <info@larchmere.example>, 19 Kas 2026 Per, 09:12 tarihinde şunu yazdı:",
    "Croatian": "čet, 19. stu 2026. u 09:12 Larchmere Homes <info@larchmere.example> napisao je:",
    "Lithuanian": "2026-11-19, kt, 09:12 Larchmere Homes <info@larchmere.example> rašė:",
    "Latvian": "ceturtd., 2026. g. 19. nov., plkst. 09:12 Larchmere Homes (<info@larchmere.example>) rakstīja:",
    "Greek": "Στις Πέμ 19 Νοε 2026 στις 9:12 π.μ., ο χρήστης Larchmere <info@larchmere.example> έγραψε:",
    "Russian": "чт, 19 нояб. 2026 г. в 09:12, Larchmere Homes <info@larchmere.example>:",
    "Ukrainian": "чт, 19 лист. 2026 р. о 09:12 Larchmere Homes <info@larchmere.example> пише:",
    "Bulgarian": "На чт, 19.11.2026 г. в 9:12 Larchmere Homes <info@larchmere.example> написа:",
    "Catalan": "Missatge de Larchmere <info@larchmere.example> del dia dj., 19 nov. 2026 a les 9:12, va escriure:",
    "Vietnamese": "Vào 09:12 19 tháng 11, 2026, Larchmere Homes <info@larchmere.example> đã viết:",
    "Japanese": "2026年11月19日(木) 9:12 Larchmere Homes <info@larchmere.example>:",
    "Korean": "2026년 11월 19일 (목) 오전 9:12, Larchmere Homes <info@larchmere.example>님이 작성:",
    "Arabic": "في الخميس، 19 نوفمبر 2026 في 9:12 ص كتب Larchmere Homes <info@larchmere.example>:",
    "Hebrew": "בתאריך יום ה׳, 19 בנוב׳ 2026 ב-9:12 מאת Larchmere <info@larchmere.example>:",
    "Chinese": "Larchmere Homes <info@larchmere.example> 于2026年11月19日周四 09:12写道：",
}
# With a time or an address in them no person types these: what follows is history even without `>`.
SURE = [name for name, words in ATTRIBUTIONS.items() if name not in ("name only", "old Gmail, no colon", "Chinese")]

BLOCKS = {
    "Outlook": "From: Larchmere <info@larchmere.example>\nSent: 19 November 2026 09:12\nTo: Okafor\nSubject: Boiler",
    "Outlook, blank and rule": "____________________\n\nFrom: Larchmere\nSent: Thursday\nTo: me\nSubject: x",
    "Outlook mobile": "____________________\nFrom: L <i@l.example>\nSent: Thursday\nTo: me\nSubject: x",
    "in bold": "*From:* Larchmere [mailto:\ninfo@larchmere.example]\n*Sent:* Thursday\n*To:* me\n*Subject:* Boiler",
    "folded To": "From: Larchmere\nSent: Thursday\nTo: one@example.org;\n two@example.org\nSubject: Boiler",
    "date first": "Date: Thu, 19 Nov 2026 09:12:00 +0000\nFrom: i@l.example\nTo: me@example.org\nSubject: x",
    "with Reply-To": "From: i@l.example\nReply-To: i@l.example\nSent: Thu, 19 Nov\nTo: me\nSubject: x",
    "BT, AOL": "-----Original Message-----\nFrom: Larchmere\nTo: me\nSent: Thu, 19 Nov 2026 9:12\nSubject: Boiler",
    "Zimbra": "----- Original Message -----\nFrom: info@larchmere.example\nTo: me\nSent: Thursday\nSubject: Test",
    "eM Client": "------ Original Message ------\nFrom: Larchmere\nTo: me\nSent: 19/11/2026\nSubject: Boiler",
    "Samsung": "-------- Original message --------\nFrom: L\nDate: 19/11/2026 09:12 (GMT+00:00)\nTo: me\nSubject: x",
    "words only": "-----Original Message-----",
    "Samsung, in one line": "-------- Original message --------From: L Date: 19/11/2026 09:12 To: me Subject: x",
    "French Outlook": "De : Larchmere\nEnvoyé : jeudi 19 novembre 2026 09:12\nÀ : moi\nObjet : Chaudière",
    "Polish Outlook": "Od: Larchmere\nWysłano: czwartek, 19 listopada 2026 09:12\nDo: ja\nTemat: Winda",
    "Polish Outlook web": "Od: Larchmere\nWysłane: czwartek, 19 listopada 2026 09:12\nDo: ja\nTemat: Winda",
    "Polish Samsung": "---- Oryginalna wiadomość ----\nOd: Larchmere\nData: 19.11.2026 09:12\nDo: ja\nTemat: Winda",
    "Romanian Outlook": "De la: Larchmere\nTrimis: joi, 19 noiembrie 2026 09:12\nCătre: eu\nSubiect: Lift",
    "Portuguese Outlook": "De: Larchmere\nEnviado: 19 de novembro de 2026 09:12\nPara: eu\nAssunto: Elevador",
    "Spanish Outlook": "De: Larchmere\nEnviado: jueves, 19 de noviembre de 2026 9:12\nPara: yo\nAsunto: Ascensor",
    "German Outlook": "Von: Larchmere\nGesendet: Donnerstag, 19. November 2026 09:12\nAn: ich\nBetreff: Aufzug",
    "address and date": "From: Larchmere <info@larchmere.example>\nDate: Thu, 19 Nov 2026 09:12:00 +0000",
    "date and address": "Date: Thu, 19 Nov 2026 09:12:00 +0000\nTo: ngozi@example.org",
    "Danish": "-------- Oprindelig besked --------\nFra: Larchmere\nDato: 19.11.2026 09.12\nTil: mig\nEmne: Elevator",
    "Swedish Outlook": "Från: Larchmere\nSkickat: den 19 november 2026 09:12\nTill: mig\nÄmne: Hiss",
    "Finnish Outlook": "Lähettäjä: Larchmere\nLähetetty: torstai 19.11.2026\nVastaanottaja: minä\nAihe: Hissi",
    "Czech Outlook": "Od: Larchmere\nOdesláno: čtvrtek 19. listopadu 2026 9:12\nKomu: já\nPředmět: Výtah",
    "Hungarian Outlook": "Feladó: Larchmere\nElküldve: 2026. november 19. 9:12\nCímzett: én\nTárgy: Lift",
    "Turkish Outlook": "Kimden: Larchmere\nGönderildi: 19 Kasım 2026 Perşembe 09:12\nKime: ben\nKonu: Asansör",
    "Greek Outlook": "Από: Larchmere\nΣτάλθηκε: Πέμπτη, 19 Νοεμβρίου 2026 9:12\nΠρος: εγώ\nΘέμα: Ασανσέρ",
    "Ukrainian Outlook": "Від: Larchmere\nНадіслано: 19 листопада 2026 р. 9:12\nКому: я\nТема: Ліфт",
    "Bulgarian Outlook": "От: Larchmere\nИзпратено: 19 ноември 2026 г. 9:12\nДо: мен\nОтносно: Асансьор",
    "Chinese Outlook": "发件人: Larchmere\n发送时间: 2026年11月19日 9:12\n收件人: 我\n主题: 电梯",
    "Chinese, no blanks": "发件人：Larchmere\n发送时间：2026年11月19日 9:12\n收件人：我\n主题：电梯",
    "Chinese, QQ": "------------------ 原始邮件 ------------------\n发件人:Larchmere\n收件人:我\n主题:电梯",
    "Taiwan": "寄件者: Larchmere\n寄件日期: 2026年11月19日 9:12\n收件者: 我\n主旨: 電梯",
    "Japanese Outlook": "差出人: Larchmere\n送信日時: 2026年11月19日 9:12\n宛先: 私\n件名: エレベーター",
    "Korean Outlook": "보낸 사람: Larchmere\n보낸 날짜: 2026년 11월 19일 9:12\n받는 사람: 나\n제목: 승강기",
    "Arabic Outlook": "من: Larchmere\nتاريخ الإرسال: 19 نوفمبر 2026\nإلى: أنا\nالموضوع: المصعد",
    "German": "-----Ursprüngliche Nachricht-----\nVon: Larchmere\nGesendet: Donnerstag\nAn: ich\nBetreff: Aufzug",
    "reply above": "##- Please type your reply above this line -##",
}

SENT_FROM = [
    "Sent from my iPhone",
    "Sent from my iPad",
    "Sent from my Galaxy",
    "Sent from my Samsung Galaxy smartphone.",
    "Sent from Samsung Mobile on O2",
    "Sent from Outlook for Android<https://aka.ms/AAb9ysg>",
    "Sent from Mail for Windows",
    "Sent from Yahoo Mail for iPhone<https://mail.example.com>",
    "Sent from AOL on Android",
    "Sent via BT Email App",
    "Sent from my phone, please excuse typos",
    "<<sent by galaxy>>",
    "(sent from a phone)",
    "Get Outlook for iOS<https://aka.ms/o0ukef>",
    "Envoyé de mon iPhone",
    "Envoyé depuis mon mobile Samsung",
    "Wysłane z iPhone'a",
    "Wysłano z telefonu Samsung",
    "Trimis de pe iPhone",
    "Enviado do meu iPhone",
    "Enviado desde mi Samsung Mobile",
    "Von meinem iPhone gesendet",
    "Gesendet von meinem Mobiltelefon",
    "從我的 iPhone 傳送",
    "发自我的iPhone",
    "iPhoneから送信",
    "Sent wirelessly from my BlackBerry device on the Larch network.",
    "Envoyé sans fil par mon terminal mobile BlackBerry",
    "Sent with Airmail",
    "Sent from Mailspring, the best free email app for work",
    "Sent from Virgin Media Mail",
    "Sent from TalkTalk Webmail",
    "Gesendet von Outlook für Android<https://aka.ms/AAb9ysg>",
    "Télécharger Outlook pour iOS<https://aka.ms/o0ukef>",
    "Verstuurd vanaf mijn iPhone",
    "Sendt fra min iPhone",
    "Skickat från min iPhone",
    "Odesláno z iPhonu",
    "Надіслано з iPhone",
]


@pytest.mark.parametrize("attribution", ATTRIBUTIONS.values(), ids=ATTRIBUTIONS)
def test_history_below_goes(attribution: str) -> None:
    assert new_text(f"{SAID}\n\n{attribution}\n\n{QUOTED}\n") == SAID


@pytest.mark.parametrize("name", SURE)
def test_history_without_quote_marks_goes_when_a_machine_wrote_the_line_above_it(name: str) -> None:
    assert new_text(f"{SAID}\n\n{ATTRIBUTIONS[name]}\n\n{OURS}\n") == SAID


@pytest.mark.parametrize("attribution", ATTRIBUTIONS.values(), ids=ATTRIBUTIONS)
def test_an_answer_below_the_quote_stays(attribution: str) -> None:
    assert new_text(f"{attribution}\n\n{QUOTED}\n\n{SAID}\n") == SAID


@pytest.mark.parametrize("attribution", ATTRIBUTIONS.values(), ids=ATTRIBUTIONS)
def test_answers_between_quotes_stay(attribution: str) -> None:
    text = f"Hello,\n\n{attribution}\n> Is the boiler on?\n\nNo.\n\n> Since when?\n\nSunday.\n"
    assert new_text(text) == "Hello,\n\nNo.\n\nSunday."


@pytest.mark.parametrize("block", BLOCKS.values(), ids=BLOCKS)
def test_history_below_a_block_of_headers_goes(block: str) -> None:
    assert new_text(f"{SAID}\n\nNgozi\n\n{block}\n\n{OURS}\n") == f"{SAID}\n\nNgozi"


@pytest.mark.parametrize("line", SENT_FROM)
def test_the_advertisement_of_a_phone_goes(line: str) -> None:
    assert new_text(f"{SAID}\n\n{line}\n\n{ATTRIBUTIONS['Gmail']}\n{QUOTED}") == SAID
    assert new_text(f"{SAID}\n\n{line}\n") == SAID


@pytest.mark.parametrize(
    "text",
    [
        "On Monday nobody came.\nOn Tuesday nobody wrote: not one word.",
        "On 3 November your officer wrote:\nWe will come on Tuesday.\nNobody came.",
        "On 3 November 2026 at 10:30 your officer wrote:\nWe will come on Tuesday.\nNobody came.",
        "On Thursday, 19 November 2026, the plumber said:\n\"I cannot mend this.\"\nThen he left.",
        "On Monday at 10:30 he said:\ntomorrow.\nHe never came.",
        "At 09:12 on 19/11/2026 someone from your office wrote:\nIt is mended.\nIt is not.",
        "Flat 12 on 3 November 2026 at 10:30, a neighbour wrote:\nstop the noise\nand so on.",
        "I asked for three things:\n- the boiler\n- the door\nFrom: the kitchen you can hear it.",
        "The letter said:\n\n\"We have no record.\"\n\nThat is a lie.",
        "Sent from one office to the next, I gave up.",
        "From May to June the lift was out.\nTo: be honest, I gave up.\nI want an answer.",
        "I wrote on 5 May, I rang on 6 May at 10:30, and I was told:",
        "Sent by three different firms on my phone, and every one of them said that it was not their job.",
        "Written on 3 November by your mobile team and never acted on, whatever they told you on Monday.",
        "Photos are below.\n>>> >>> https://photos.example/larch <<<\nPlease look at them.",
        "One of you wrote:\nWe will come.\nNobody did.",
        "Name: Ngozi Okafor\nDate: 19 November 2026\nI have no heating.",
        "In the flat 12 below me, the man wrote:\nstop the noise",
        "* no heat\n* no water\n- and no answer",
        "Dear Sir\n--\nI live at 12 Larch Court and " + "nothing works here. " * 20,
        "Stan Bright | Enrolment Manager\nXYZ Corp",
        "-\nFirst item.\n*\nSecond item.",
    ],
)  # fmt: skip
def test_words_that_only_look_like_marks_stay(text: str) -> None:
    assert new_text(text) == text.strip()


@pytest.mark.parametrize(
    ("text", "left"),
    [
        ("Please ring me.\n\n-- \nNgozi Okafor\n12 Larch Court\n", "Please ring me."),
        ("Please ring me.\n\n--\nNgozi Okafor\n", "Please ring me."),
        ("Ring me.\n\n--\nNgozi Okafor\nA house is not a home until it is dry.\n", "Ring me."),
        (
            "I complain of two things.\n--\nThe boiler is broken since May.\nNobody came when I rang.",
            "I complain of two things.\n--\nThe boiler is broken since May.\nNobody came when I rang.",
        ),
        ("-- \nNgozi Okafor\n", "-- \nNgozi Okafor".replace("-- ", "--")),
        ("Please ring me.\n\nKind regards\nNgozi", "Please ring me.\n\nKind regards\nNgozi"),
        ("Thanks On Fri, 20 Nov 2026 at 10:00, Larchmere <i@l.example> wrote:\n> Hi", "Thanks"),
        (
            "Nobody came.\n\n  On Thu, 19 Nov 2026 at 9:12, Larchmere<i@l.example> wrote:   Dear Ms Okafor,\nHello.",
            "Nobody came.",
        ),
        ("One.\n____________________\nTwo.\n", "One.\nTwo."),
        ("Sent from my iPhone\n\nPlease ring me.", "Please ring me."),
        ("> all\n> of it\n> is quoted", "> all\n> of it\n> is quoted"),
        ("", ""),
        ("\n\n \n", ""),
    ],
)
def test_signatures_and_corner_cases(text: str, left: str) -> None:
    assert new_text(text) == left


@pytest.mark.parametrize(
    "banner",
    [
        "You don't often get email from ngozi@example.org. Learn why this is important<https://aka.ms/LearnAbout>",
        "CAUTION: This email originated from outside of the organisation. Do not click links.",
        "[EXTERNAL]",
        "*** EXTERNAL EMAIL ***",
        "WARNING: This message was sent by an external sender. Do not click on links.",
        "This email originated from outside Larchmere Homes.",
    ],
)
def test_the_warning_of_our_own_gateway_goes(banner: str) -> None:
    assert new_text(f"{banner}\n\n{SAID}") == SAID


@pytest.mark.parametrize(
    "words",
    [
        "Warning: the outside wall is loose.",
        "External wall is wet.",
        "Alert: water is coming in from outside.",
        "Caution!",
    ],
)
def test_a_warning_of_the_resident_stays(words: str) -> None:
    assert new_text(f"{words}\n{SAID}") == f"{words}\n{SAID}"


def test_a_forwarded_mail_is_what_the_sender_wants_read() -> None:
    forward = (
        "---------- Forwarded message ---------\nFrom: Gas Co\nDate: today\nSubject: Leak\nTo: me\n\nYour pipe leaks."
    )
    assert new_text(f"See below.\n\n{forward}", subject="Fwd: Leak") == f"See below.\n\n{forward}".replace(
        "---------- ", "---------- "
    )
    outlook = "From: Gas Co\nSent: today\nTo: me\nSubject: Leak\n\nYour pipe leaks."
    assert new_text(f"See below.\n\n{outlook}", subject="FW: Leak") == f"See below.\n\n{outlook}"
    assert new_text(f"See below.\n\n{outlook}", subject="RE: Leak") == "See below."
    assert new_text(outlook, subject="Leak") == outlook


def test_a_pgp_signed_mail_loses_its_armour() -> None:
    armoured = "-----BEGIN PGP SIGNED MESSAGE-----\nHash: SHA256\n\n- --\nNobody came.\n"
    text = f"{armoured}-----BEGIN PGP SIGNATURE-----\n\nabc\n-----END PGP SIGNATURE-----"
    assert new_text(text) == "--\nNobody came."


@given(st.text(alphabet=st.sampled_from("On wrote:\n>-_ Frmst,<@.10"), max_size=400))
@settings(max_examples=300, deadline=None)
def test_text_is_never_emptied_and_always_ends(text: str) -> None:
    left = new_text(text)
    assert bool(left) == bool(text.replace("\u200b", "").strip()) or not text.strip(" \n-_>=~*#")
