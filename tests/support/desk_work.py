"""What an officer does in the console, page by page, over HTTP."""

from datetime import datetime

from support.cast import Resident
from support.visitor import Page, Visitor

UNDERSTANDING = "It has failed three times and nobody came on the days that we promised."
OUTCOMES = "That it is mended for good, and a word on why it keeps happening."
OURS = "All of this is ours to put right."


def acknowledge(officer: Visitor, reference: str, *, understanding: str = UNDERSTANDING) -> Page:
    """Define the complaint, look at what will be sent, and send it; the case page afterwards."""
    case = officer.open(f"/staff/cases/{reference}")
    assert case.status == 200, case.words
    assert any(link.endswith(f"/{reference}/acknowledgement") for link in case.links), case.links
    form = officer.open(f"/staff/cases/{reference}/acknowledgement")
    seen = form.send("/acknowledgement", understanding=understanding, outcomes_sought=OUTCOMES, responsibility=OURS)
    assert understanding[:30] in seen.words, seen.words  # a text has no room for all of it
    sent = seen.send("/acknowledgement", step="send")
    assert sent.path == f"/staff/cases/{reference}", sent.words
    return sent


def take_down(officer: Visitor, said: str, *, how: str, at: datetime, of: Resident) -> Page:
    """Type in what a resident said at `at` (London's time); the page that says it is stored."""
    page = officer.open("/staff/take-down").send(
        "/take-down",
        how=how,
        day=str(at.day),
        month=str(at.month),
        year=str(at.year),
        time=f"{at:%H:%M}",
        message=said,
        name=of.name,
        phone=of.phone,
        email=of.email,
        address=of.home,
    )
    assert "stored" in page.words, page.words
    return page
