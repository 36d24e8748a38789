"""Everything that was sent or waits to be: each notice with how far it came, and the proof."""

from flask import Blueprint, render_template, request, url_for
from sqlalchemy import select
from sqlalchemy.orm import joinedload

from casework.storage.tables import Notice
from console.access import READERS, desk, guard
from console.thread import news_of
from console.wording import DELIVERY

blueprint = guard(Blueprint("sent", __name__, url_prefix="/staff/sent"))

PAGE = 50


@blueprint.get("")
@READERS
def show() -> str:
    state, to_staff = request.args.get("state", ""), request.args.get("to") == "staff"
    state = state if state in DELIVERY else ""
    before = request.args.get("before", "")
    query = select(Notice).where(Notice.kind == "staff_alert" if to_staff else Notice.kind != "staff_alert")
    if state:
        query = query.where(Notice.state == state)
    if before.isdecimal() and len(before) < 16:
        query = query.where(Notice.id < int(before))
    with desk().book.reading() as session:
        found = list(session.scalars(query.options(joinedload(Notice.case)).order_by(Notice.id.desc()).limit(PAGE + 1)))
        chosen = {name: value for name, value in {"state": state, "to": "staff" if to_staff else ""}.items() if value}
        following = url_for("sent.show", before=found[PAGE - 1].id, **chosen) if len(found) > PAGE else ""  # type: ignore[arg-type]
        return render_template(
            "sent/show.html",
            notices=[(notice, news_of(notice)) for notice in found[:PAGE]],
            states={name: words for name, (words, _colour) in DELIVERY.items()},
            state=state,
            to_staff=to_staff,
            first=not before,
            here_again=url_for("sent.show", **chosen),  # type: ignore[arg-type]
            following=following,
        )
