"""The inbox: what needs a person now, in the order of harm and due date."""

from flask import Blueprint, flash, redirect, render_template, request, url_for
from sqlalchemy import select
from werkzeug.wrappers import Response

from casework.lifecycle import CaseState
from casework.storage import delivery, journal
from casework.storage.tables import Notice
from console.access import CASEWORKERS, READERS, desk, guard, me, now
from console.wording import KINDS, LONDON
from console.worklist import ALERTS_SHOWN, Filters, alerts, health, page

blueprint = guard(Blueprint("inbox", __name__, url_prefix="/staff"))

STATES = tuple(state.value for state in CaseState)


@blueprint.get("/")
@READERS
def show() -> str:
    kind, state = request.args.get("kind", ""), request.args.get("state", "")
    mine = request.args.get("mine") == "yes"
    filters = Filters(
        kind if kind in KINDS else "", state if state in STATES else "", handler_id=me().id if mine else None
    )
    after, at = request.args.get("after", ""), now()
    with desk().book.reading() as session:
        rows, following = page(session, filters, after, now=at)
        unseen = alerts(session)
        return render_template(
            "inbox/show.html",
            rows=rows,
            filters=filters,
            mine=mine,
            kinds=KINDS,
            states=STATES,
            filtered=filters != Filters(),
            first=not after,
            here_again=_address(filters, mine),
            following=_address(filters, mine, after=following) if following else "",
            alerts=unseen[:ALERTS_SHOWN],
            more_alerts=len(unseen) > ALERTS_SHOWN,
            health=health(session, now=at),
            asked_at=at,
            london=LONDON,
        )


@blueprint.post("/alerts/seen")
@CASEWORKERS
def see_alerts() -> Response:
    """A staff alert is delivered when somebody says that they have seen it."""
    chosen = [int(number) for number in request.form.getlist("alert")[:200] if number.isdigit() and len(number) < 16]
    at = now()
    with desk().book.transaction() as session:
        unseen = select(Notice).where(
            Notice.id.in_(chosen), Notice.kind == "staff_alert", Notice.delivered_at.is_(None)
        )
        for alert in session.scalars(unseen.with_for_update(of=Notice)):
            delivery.note_delivered(session, alert, at=at, detail="seen in the console")
            journal.write(session, "alert_seen", at=at, actor=me().actor, case=alert.case, key=alert.key)
    flash("Marked as seen.")
    return redirect(url_for("inbox.show"))


def _address(filters: Filters, mine: bool, **more: str) -> str:
    chosen = {"kind": filters.kind, "state": filters.state, "mine": "yes" if mine else "", **more}
    return url_for("inbox.show", **{name: value for name, value in chosen.items() if value})  # type: ignore[arg-type]
