"""Facts of every kind of notice as the house really makes them, at lengths that landlords really have."""

from datetime import UTC, date, datetime
from typing import Any

from casework.notices import (
    KINDS,
    Acknowledgement,
    CasesJoined,
    ContactCode,
    ForwardHeard,
    Kind,
    Ombudsman,
    PassedOn,
    ProgressUpdate,
    Receipt,
    StaffAlert,
    TooLarge,
)
from casework.policy.load import load
from casework.said_in_chat import IN_A_CHAT, CaseLine, CaseStatus, Greeting, GroupDeclined, Prompt

REFERENCE = "4817-2736-K"
SPOKEN = "four eight one seven, two seven three six, K for Kilo"
LINK = "https://complaints.larchmere.example/case/48172736K.abcdefghijkl"
OMBUDSMAN = Ombudsman(
    web="https://www.housing-ombudsman.org.uk/residents/make-a-complaint/",
    phone="0300 111 3000",
    post="Housing Ombudsman Service, PO Box 1484, Unit D, Preston PR2 0ET",
)
_EMERGENCY = load("code-2024").emergency

_COMMON: dict[str, Any] = {
    "landlord": "Larchmere Homes",
    "reference": REFERENCE,
    "spoken": SPOKEN,
    "name": "Ngozi Okafor",
    "follow_link": LINK,
    "ombudsman": OMBUDSMAN,
}
_RECEIPT = _COMMON | {
    "received_at": datetime(2026, 11, 23, 16, 40, tzinfo=UTC),
    "heard_by": "Text message",
    "own_words": "The boiler is broken for the third time.\nNobody came.",
    "about": "complaint",
    "joined": False,
    "choice": False,
    "acknowledge_by": date(2026, 11, 30),
    "emergency": "",
}
_ACKNOWLEDGEMENT = _COMMON | {
    "stage": 1,
    "received_at": datetime(2026, 11, 23, 16, 40, tzinfo=UTC),
    "understanding": "The boiler at 12 Larch Court has failed three times since October, and two visits were missed.",
    "in_own_words": False,
    "outcomes_sought": "A boiler that works, and an apology for the two missed visits.",
    "responsibility": "The boiler and the visits are ours. The electricity meter is your supplier's.",
    "handler_name": "Priya Shah",
    "handler_contact": "01632 960101, priya@larchmere.example",
    "respond_by": date(2026, 12, 14),
}
_UPDATE = _COMMON | {
    "happened": "An engineer has been, and a new pump for the boiler is on order.",
    "next_step": "The pump will be fitted on Thursday between eight and twelve.",
    "next_update": date(2026, 12, 7),
    "respond_by": date(2026, 12, 14),
    "handler_name": "Priya Shah",
    "handler_contact": "01632 960101, priya@larchmere.example",
}
_JOINED = _COMMON | {
    "other": "5028-1190-H",
    "parted": False,
    "by_resident": False,
    "acknowledge_by": date(2026, 11, 30),
    "respond_by": None,
}

SAMPLES: dict[str, Kind] = {
    "receipt of a complaint": Receipt(**_RECEIPT),
    "receipt of a request": Receipt(**_RECEIPT | {"about": "service_request", "choice": True, "acknowledge_by": None}),
    "receipt of a compliment": Receipt(**_RECEIPT | {"about": "compliment", "choice": True, "acknowledge_by": None}),
    "receipt of a comment": Receipt(**_RECEIPT | {"about": "comment", "choice": True, "acknowledge_by": None}),
    "receipt that offers the choice": Receipt(**_RECEIPT | {"about": "service_request", "choice": True}),
    "receipt of what was added": Receipt(**_RECEIPT | {"joined": True, "choice": True, "acknowledge_by": None}),
    "receipt of an added complaint": Receipt(**_RECEIPT | {"joined": True}),
    "receipt of an added doubt": Receipt(**_RECEIPT | {"joined": True, "choice": True, "about": "comment"}),
    "receipt of what another added": Receipt(**_RECEIPT | {"joined": True, "by_another": True, "own_words": ""}),
    "receipt to nobody known": Receipt(**_RECEIPT | {"name": ""}),
    **{
        f"receipt in danger of {hazard}, {about}": Receipt(
            **_RECEIPT | {"emergency": line, "about": about, "choice": about != "complaint"}
        )
        for hazard, line in _EMERGENCY.items()
        for about in ("complaint", "service_request")
    },
    "receipt of added danger": Receipt(**_RECEIPT | {"emergency": _EMERGENCY["gas"], "joined": True}),
    "acknowledgement": Acknowledgement(**_ACKNOWLEDGEMENT),
    "acknowledgement at stage 2": Acknowledgement(**_ACKNOWLEDGEMENT | {"stage": 2}),
    "acknowledgement by the team": Acknowledgement(
        **_ACKNOWLEDGEMENT
        | {"handler_name": "Our complaints team", "handler_contact": "reply to this message", "in_own_words": True}
    ),
    "acknowledgement of a long complaint": Acknowledgement(
        **_ACKNOWLEDGEMENT | {"understanding": "The boiler has failed “again” – and nobody came… " * 40}
    ),
    "progress update": ProgressUpdate(**_UPDATE),
    "progress update without another": ProgressUpdate(**_UPDATE | {"next_update": None}),
    "progress update that is long": ProgressUpdate(**_UPDATE | {"happened": "An engineer has been – “again”… " * 20}),
    "too large": TooLarge(
        landlord="Larchmere Homes", name="Ngozi Okafor", received_at=datetime(2026, 11, 23, 16, 40, tzinfo=UTC),
        subject="Pictures of the damp", largest="40 MB", form_link="https://complaints.larchmere.example/",
        emergency=_EMERGENCY["general"], ombudsman=OMBUDSMAN,
    ),
    "passed on: speak to a person": PassedOn(**_COMMON | {"about": "person"}),
    "passed on: not a complaint": PassedOn(**_COMMON | {"about": "not_complaint"}),
    **{
        f"greeting in {language or 'no language'}": Greeting(
            landlord="Larchmere Homes", emergency=_EMERGENCY["general"], language=language
        )
        for language in ("", "en", "cy", "pl", "ro", "ur", "bn", "ar", "tlh")
    },
    **{
        f"prompt to {about}": Prompt(
            landlord="Larchmere Homes", about=about, reference=reference, cases=(), language="en"
        )
        for about, reference in (
            ("complain", ""), ("report", ""), ("thank", ""), ("ask", ""), ("add", REFERENCE), ("about", REFERENCE),
            ("new", ""), ("right", REFERENCE),
        )
    },
    "prompt beside a case": Prompt(
        landlord="Larchmere Homes", about="complain", reference="", cases=(REFERENCE,), language="pl"
    ),
    "prompt beside cases": Prompt(
        landlord="Larchmere Homes", about="complain", reference="", cases=(REFERENCE, "5555-1234-X"), language=""
    ),
    "status of no case": CaseStatus(landlord="Larchmere Homes", cases=(), more=0, language="en"),
    "status of many cases": CaseStatus(
        landlord="Larchmere Homes",
        cases=(
            CaseLine(REFERENCE, "complaint", "stage_1_received", "acknowledge_1", date(2026, 11, 30)),
            CaseLine("5555-1234-X", "service_request", "open", "", None),
            CaseLine("5555-1235-Y", "complaint", "stage_2_acknowledged", "respond_2", date(2026, 12, 14)),
        ),
        more=2,
        language="en",
    ),
    "a group that is declined": GroupDeclined(landlord="Larchmere Homes", language="en"),
    "two cases that are one": CasesJoined(**_JOINED),
    "two cases that are one at the resident's word": CasesJoined(**_JOINED | {"by_resident": True}),
    "one case that is two again": CasesJoined(**_JOINED | {"parted": True, "respond_by": date(2026, 12, 14)}),
    "code for a contact": ContactCode(
        landlord="Larchmere Homes", reference=REFERENCE, nonce="a-nonce-that-names-a-code",
        works_until=datetime(2026, 11, 23, 16, 55, tzinfo=UTC),
    ),
    "heard of a forward": ForwardHeard(
        landlord="Larchmere Homes", reference=REFERENCE, name="Priya Shah", joined=False,
        received_at=datetime(2026, 11, 23, 16, 40, tzinfo=UTC),
        link=f"https://complaints.larchmere.example/staff/cases/{REFERENCE}",
    ),
    "heard of a forward that joined": ForwardHeard(
        landlord="Larchmere Homes", reference=REFERENCE, name="", joined=True,
        received_at=datetime(2026, 11, 23, 16, 40, tzinfo=UTC),
        link=f"https://complaints.larchmere.example/staff/cases/{REFERENCE}",
    ),
    "staff alert": StaffAlert(
        why="hazard", sentence=f"{REFERENCE}: gas. Received 23 Nov 2026 16:40 UTC. Please act now.",
        reference=REFERENCE, link=f"https://complaints.larchmere.example/staff/cases/{REFERENCE}",
    ),
    "staff alert about no case": StaffAlert(
        why="quarantine", sentence="A message could not be read.", reference="",
        link="https://complaints.larchmere.example/staff/quarantine",
    ),
}  # fmt: skip
"""Every sort of notice, by what it is."""

TO_RESIDENTS = {
    name: facts
    for name, facts in SAMPLES.items()
    if not isinstance(facts, (StaffAlert, ContactCode, ForwardHeard, *IN_A_CHAT))
}
"""What goes to somebody we know of; a code goes to an address that may be anybody's, and says no more than it must."""
FORMS = {
    kind: ("short", "alert") if made is StaffAlert else ("chat",) if made in IN_A_CHAT else ("short", "chat", "email")
    for kind, made in KINDS.items()
}
