"""An address is proved by a code that was sent there; nothing else shows one person's case to another (law 12)."""

import re
from collections.abc import Collection
from datetime import datetime, timedelta

from support.book import SECRET, House
from support.cast import GRUMBLE, MONDAY, NGOZI, REQUEST, STAN, form, mail, text

from casework.codes import code_of
from casework.notices import from_json
from casework.storage import linking, proving
from casework.storage.people_tables import ContactCode, Link
from casework.storage.tables import Case, Contact
from intake import verify
from notifier.render import render

MINUTE = timedelta(minutes=1)
WORK = "ngozi@work.example"


def code(house: House) -> str:
    """The code that was sent last."""
    with house.book.reading() as session:
        row = session.query(ContactCode).order_by(ContactCode.id.desc()).first()
        assert row is not None
        return code_of(row.nonce, SECRET)


def prove(
    house: House, case: Case, address: str, *, proved: Collection[int] = (), at: datetime = MONDAY, typed: str = ""
) -> int | None:
    kind, written = verify.address_in(address) or ("", "")
    verify.send_code(house.desk, case.reference, kind, written, now=at)
    return verify.prove(house.desk, case.reference, kind, written, typed or code(house), proved=proved, now=at + MINUTE)


def contacts(house: House) -> dict[str, tuple[int, str]]:
    with house.book.reading() as session:
        return {row.address: (row.person_id, row.proof) for row in session.query(Contact)}


def shown(house: House, *proved: int | None) -> list[int]:
    with house.book.reading() as session:
        return sorted(case.id for case in proving.cases_shown_to(session, [one for one in proved if one]))


def test_what_a_contact_is_known_by_is_kept(house: House) -> None:
    house.hear(form(REQUEST, of=STAN), text(GRUMBLE, of=STAN), mail(GRUMBLE, of=NGOZI))
    assert {address: proof for address, (_, proof) in contacts(house).items()} == {
        STAN.email: "said",
        STAN.phone: "heard_from",
        NGOZI.email: "heard_from",
    }
    prove(house, house.cases()[0], STAN.email)
    assert contacts(house)[STAN.email][1] == "code"
    assert [line.details["kind"] for line in house.lines("contact_proved")] == ["email"]


def test_a_code_leaves_by_the_channel_of_its_address_and_its_words_are_kept_nowhere(house: House) -> None:
    house.hear(text(GRUMBLE, of=NGOZI))
    verify.send_code(house.desk, house.case().reference, "email", WORK, now=MONDAY)
    [owed] = house.notices("contact_code")
    assert (owed.channel, owed.address, owed.case_id) == ("email", WORK, None)
    assert code(house) in render(from_json(owed.kind, owed.facts), "email").text
    assert code(house) not in repr([owed.facts, owed.round, [line.details for line in house.lines()]])
    assert WORK not in repr([line.details for line in house.lines()])


def test_a_code_says_nothing_of_the_case_but_its_number(house: House) -> None:
    house.hear(text(GRUMBLE, of=NGOZI))
    verify.send_code(house.desk, house.case().reference, "phone", STAN.phone, now=MONDAY)
    words = render(from_json("contact_code", house.notices("contact_code")[0].facts), "short").text
    assert house.case().reference in words
    assert "/case/" not in words
    assert not re.search("boiler|Ngozi", words)


def test_a_code_works_once_for_fifteen_minutes_and_five_tries(house: House) -> None:
    house.hear(text(GRUMBLE, of=NGOZI))
    case = house.case()
    assert prove(house, case, WORK) is not None
    assert verify.prove(house.desk, case.reference, "email", WORK, code(house), proved=(), now=MONDAY + MINUTE) is None
    verify.send_code(house.desk, case.reference, "email", WORK, now=MONDAY)
    late = MONDAY + 15 * MINUTE
    assert verify.prove(house.desk, case.reference, "email", WORK, code(house), proved=(), now=late) is None
    verify.send_code(house.desk, case.reference, "email", WORK, now=MONDAY)
    wrong = "000000" if code(house) != "000000" else "111111"
    for _ in range(5):
        assert verify.prove(house.desk, case.reference, "email", WORK, wrong, proved=(), now=MONDAY) is None
    assert verify.prove(house.desk, case.reference, "email", WORK, code(house), proved=(), now=MONDAY) is None


def test_three_codes_an_hour_go_to_one_address_and_three_from_one_page(house: House) -> None:
    house.hear(text(GRUMBLE, of=NGOZI), text(GRUMBLE, of=STAN))
    one, other = house.cases()
    for case, address in [(one, WORK)] * 4 + [(one, STAN.email), (other, WORK), (other, NGOZI.email)]:
        verify.send_code(house.desk, case.reference, "email", address, now=MONDAY)
    assert [notice.address for notice in house.notices("contact_code")] == [WORK, WORK, WORK, NGOZI.email]
    verify.send_code(house.desk, one.reference, "email", WORK, now=MONDAY + 61 * MINUTE)
    assert len(house.notices("contact_code")) == 5


def test_a_code_of_one_page_proves_nothing_on_another(house: House) -> None:
    house.hear(text(GRUMBLE, of=NGOZI), text(GRUMBLE, of=STAN))
    one, other = house.cases()
    verify.send_code(house.desk, one.reference, "email", WORK, now=MONDAY)
    assert verify.prove(house.desk, other.reference, "email", WORK, code(house), proved=(), now=MONDAY) is None


def test_two_addresses_proved_in_one_session_are_one_person_with_the_cases_answered_there(house: House) -> None:
    house.hear(text(GRUMBLE, of=NGOZI), mail(REQUEST, of=NGOZI))
    by_text, by_mail = house.cases()
    phone = prove(house, by_text, NGOZI.phone)
    mailbox = prove(house, by_text, NGOZI.email, proved=[phone or 0])
    assert contacts(house)[NGOZI.phone][0] == contacts(house)[NGOZI.email][0]
    assert shown(house, phone) == shown(house, mailbox) == [by_text.id, by_mail.id]
    assert len(house.lines("contacts_linked")) == 1


def test_one_address_alone_links_nothing(house: House) -> None:
    house.hear(text(GRUMBLE, of=NGOZI), mail(REQUEST, of=NGOZI))
    by_text, by_mail = house.cases()
    mailbox = prove(house, by_text, NGOZI.email)  # whoever holds the page of a text, without its phone
    assert contacts(house)[NGOZI.phone][0] != contacts(house)[NGOZI.email][0]
    assert shown(house, mailbox) == [by_mail.id]


def test_an_address_that_was_only_written_beside_another_shows_nothing_of_its_cases(house: House) -> None:
    """Stan writes Ngozi's address into a form beside his own phone; Ngozi then writes from it."""
    house.hear(form(REQUEST, of=STAN, contact_email=NGOZI.email), mail(GRUMBLE, of=NGOZI, subject="My boiler"))
    hers = house.cases()[1]
    assert hers.reply_address == NGOZI.email
    phone = prove(house, house.cases()[0], STAN.phone)
    assert hers.id not in shown(house, phone)


def test_of_another_person_only_what_was_proved_moves(house: House) -> None:
    house.hear(form(REQUEST, of=STAN), text(GRUMBLE, of=NGOZI))
    ngozis = house.cases()[1]
    hers = prove(house, ngozis, NGOZI.phone)
    prove(house, ngozis, STAN.phone, proved=[hers or 0])
    assert contacts(house)[STAN.phone][0] == contacts(house)[NGOZI.phone][0]
    assert contacts(house)[STAN.email][0] == house.cases()[0].person_id != house.cases()[1].person_id


def test_an_anonymous_case_is_claimed_by_whoever_holds_its_link(house: House) -> None:
    house.hear(form(GRUMBLE))
    claimed = prove(house, house.case(), WORK)
    assert (house.case().reply_channel, house.case().reply_address) == ("email", WORK)
    assert shown(house, claimed) == [house.case().id]
    assert len(house.lines("case_claimed")) == 1


def test_undoing_a_link_puts_everything_back_and_answers_stay_with_their_own(house: House) -> None:
    house.hear(text(GRUMBLE, of=NGOZI), mail(REQUEST, of=NGOZI))
    by_text, by_mail = house.cases()
    before = contacts(house)
    phone = prove(house, by_text, NGOZI.phone)
    prove(house, by_text, NGOZI.email, proved=[phone or 0])
    house.hear(mail(f"About {by_text.reference}: still cold", of=NGOZI, at=MONDAY + timedelta(hours=1)))
    assert house.cases()[0].reply_address == NGOZI.email
    with house.book.transaction() as session:
        linking.undo(session, session.query(Link).one(), actor="staff:1", now=MONDAY + timedelta(hours=2))
    after = contacts(house)
    assert {address: person for address, (person, _) in after.items()} == {
        address: person for address, (person, _) in before.items()
    }
    assert [case.person_id for case in house.cases()] == [by_text.person_id, by_mail.person_id]
    assert house.cases()[0].reply_address == NGOZI.phone
    assert shown(house, phone) == [by_text.id]
    assert not house.breaks()


def test_an_address_is_an_email_address_or_a_phone_number_however_it_is_typed() -> None:
    assert verify.address_in("5550001") is None
    assert verify.address_in("not an address") is None
    assert verify.address_in("NGOZI@Work.Example ") == ("email", WORK)
    assert verify.address_in(" 07700 900123") == ("phone", NGOZI.phone)
