"""What staff write to a resident, from the form by the preview to the sending.

What was typed stays in the form from one page to the next, and after every refusal: nobody writes a thing twice.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from flask import abort, flash, redirect, render_template, request, url_for
from sqlalchemy.orm import Session
from sqlalchemy.orm.exc import StaleDataError
from werkzeug.wrappers import Response

from casework.clocks import Clock
from casework.lifecycle import IllegalMove
from casework.notices import Kind, MissingFact
from casework.storage.outbox import NOBODY
from casework.storage.tables import Case
from channels import registry
from console.access import desk
from console.cases import CHANGED, Changed
from console.thread import stopped, whole
from intake.acknowledge import route_for
from notifier.render import Rendered, render

LONGEST = 10_000

Written = dict[str, str]
"""What stands in the form, by field, with the version of the case that the form was made from."""

Answer = str | Response | tuple[str, int]


@dataclass(frozen=True, slots=True)
class Preview:
    """What the resident will get, and by which way; `by_hand` when there is no address, so that a person must."""

    words: Rendered
    channel: str
    address: str
    stopped: bool

    @property
    def by_hand(self) -> bool:
        return self.channel == NOBODY


def preview_of(case: Case, facts: Kind) -> Preview:
    """The very words that would be sent now, and where to."""
    route = route_for(case)
    form = "email" if route.channel == NOBODY else registry.get(route.channel).description.form
    return Preview(render(facts, form), route.channel, route.address, stopped(case) is not None)


def preview_page(case: Case, facts: Kind, written: Written, *, send_to: str, starts: Clock | None) -> str:
    """The page that shows it, says which clock sending it starts, and carries what was typed."""
    return render_template(
        "preview/show.html",
        case=case,
        preview=preview_of(case, facts),
        kind=facts.kind,
        written=written,
        send_to=url_for(send_to, reference=case.reference),
        starts=starts,
        days=working_days(starts) if starts else 0,
    )


def send(
    reference: str,
    change: Callable[[Session], str],
    *,
    is_done: Callable[[Case], bool],
    form: Callable[[Session, Case, Mapping[str, str]], str],
) -> Answer:
    """Do it in one transaction; whatever stands against it is said above the form.

    `is_done` tells a button that was pressed twice from somebody else's change.
    """
    try:
        with desk().book.transaction() as session:
            done = change(session)
    except (Changed, StaleDataError):
        problem = CHANGED
    except (IllegalMove, MissingFact) as error:
        problem = f"{error} Nothing of yours was sent."
    else:
        flash(done)
        return redirect(url_for("cases.show", reference=reference))
    with desk().book.reading() as session:
        case = case_of(session, reference)
        if is_done(case):
            return redirect(url_for("cases.show", reference=reference))
        return form(session, case, {"changed": problem}), 409


def case_of(session: Session, reference: str) -> Case:
    """The case with this reference; ends in "there is nothing here" when there is none."""
    case = whole(session, reference)
    if case is None:
        abort(404)
    return case


def written_in(*names: str) -> Written:
    """What the form brought, by field."""
    return {name: request.form.get(name, "").replace("\r\n", "\n").strip() for name in names}


def missing(written: Written, wanted: Mapping[str, str]) -> dict[str, str]:
    """What must be mended in the fields that are wanted; each is named as its sentence names it."""
    problems = {}
    for name, what in wanted.items():
        if not written[name]:
            problems[name] = f"Enter {what}"
        elif len(written[name]) > LONGEST:
            problems[name] = f"Say {what} in {LONGEST:,} characters or less"
    return problems


def working_days(clock: Clock) -> int:
    """How many working days the clock counts up to the earlier of its dates."""
    return max((line["counted"] or 0 for line in clock.working if line["date"] <= clock.due.isoformat()), default=0)
