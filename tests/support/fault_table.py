"""Prints the fault table at the end of a run, from the rows that the tests of tests/faults/ recorded."""

from typing import Any

import pytest

ROW = "fault"
HEADS = ("point", "database", "channel", "lost", "doubled", "how it was settled")


def pytest_terminal_summary(terminalreporter: Any) -> None:
    reports = [report for kind in ("passed", "failed") for report in terminalreporter.stats.get(kind, [])]
    rows = [value for report in reports for name, value in getattr(report, "user_properties", ()) if name == ROW]
    if not rows:
        return
    printed = [HEADS, *sorted(tuple(str(cell) for cell in row) for row in rows)]
    widths = [max(len(row[column]) for row in printed) for column in range(len(HEADS))]
    terminalreporter.section(f"faults: {len(rows)} journeys")
    for row in printed:
        cells = (cell.ljust(width) for cell, width in zip(row, widths, strict=True))
        terminalreporter.write_line("  ".join(cells).rstrip())
    lost, doubled = (sum(int(row[column]) for row in rows) for column in (3, 4))
    terminalreporter.write_line(f"{lost} lost, {doubled} doubled")


@pytest.fixture
def row(record_property: Any) -> Any:
    """Record one row: `row(point, database, channel, lost, doubled, how)`."""

    def record(*cells: object) -> None:
        record_property(ROW, [str(cell) for cell in cells])

    return record
