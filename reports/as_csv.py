"""Rows as CSV that a spreadsheet opens as text: no cell is ever taken for a formula."""

import csv
import io
from collections.abc import Iterable, Sequence

_BEGINS_A_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "|", "%")


def as_csv(header: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    """The rows under their header, with the line ends of RFC 4180."""
    written = io.StringIO()
    table = csv.writer(written)
    table.writerow([_harmless(name) for name in header])
    table.writerows([_harmless(cell) for cell in row] for row in rows)
    return written.getvalue()


def _harmless(cell: object) -> object:
    """Numbers as they are; words that a spreadsheet would reckon with get an apostrophe in front."""
    if not isinstance(cell, str):
        return cell
    return f"'{cell}" if cell.lstrip(" \u00a0\ufeff").startswith(_BEGINS_A_FORMULA) else cell
