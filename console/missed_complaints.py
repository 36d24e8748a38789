"""The missed-complaint rate, for the board: how many complaints the reader takes for something else."""

from flask import Blueprint, render_template
from werkzeug.wrappers import Response

from console.access import READERS, desk, guard
from reports import missed_complaints
from reports.as_csv import as_csv

blueprint = guard(Blueprint("missed_complaints", __name__, url_prefix="/staff/reports"))


@blueprint.get("/missed-complaints")
@READERS
def show() -> str:
    return render_template("missed_complaints/show.html", columns=missed_complaints.COLUMNS, rows=_rows())


@blueprint.get("/missed-complaints.csv")
@READERS
def download() -> Response:
    words = as_csv(missed_complaints.COLUMNS, [row.cells() for row in _rows()])
    response = Response("\ufeff" + words, content_type="text/csv; charset=utf-8")  # the mark tells Excel of UTF-8
    response.headers.set("Content-Disposition", "attachment", filename="missed-complaints.csv")
    return response


def _rows() -> list[missed_complaints.Row]:
    with desk().book.reading() as session:
        return missed_complaints.table(session)
