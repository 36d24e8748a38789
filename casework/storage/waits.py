"""What waits, in the very words of the partial indexes, so that finding it costs what waits and not what is stored.

A database uses a partial index only when it can see the index's own condition in the query; with a bound
parameter in its place it reads the whole table. So these values are written into the SQL, not bound.
"""

from sqlalchemy import ColumnElement, literal, text

from casework.storage.people_tables import Suggestion
from casework.storage.tables import Case, Message, Notice


def _word(value: str) -> ColumnElement[str]:
    return literal(value, literal_execute=True)


ACCEPTED = Message.state == _word("accepted")
QUARANTINED = Message.state == _word("quarantined")
DUE = Notice.state == _word("due")
UNSETTLED = text("outbox.state IN ('claimed', 'in_doubt')")
UNFOLLOWED = (Notice.state == _word("failed")) & Notice.followed_at.is_(None)
UNSEEN = (Notice.kind == _word("staff_alert")) & Notice.delivered_at.is_(None)
TO_COMPARE = Case.compare_at.is_not(None)
OPEN_SUGGESTION = Suggestion.state == _word("open")
