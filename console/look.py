"""How every page is drawn: where templates are found, and what each of them may use."""

import hashlib
from functools import cache
from pathlib import Path
from typing import Any

from flask import Flask, url_for
from jinja2 import ChoiceLoader, FileSystemLoader, PackageLoader, PrefixLoader

from intake.desk import Desk
from notifier.render import clock_time, long_date, short_date

HERE = Path(__file__).parent
_A_YEAR = 365 * 24 * 3600  # an asset's address changes with its content


def prepare(app: Flask) -> None:
    """Draw with our templates and those of GOV.UK's components."""
    app.jinja_loader = ChoiceLoader(
        [
            FileSystemLoader(HERE / "templates"),
            PrefixLoader({"govuk_frontend_jinja": PackageLoader("govuk_frontend_jinja")}),
        ]
    )
    app.jinja_env.trim_blocks = True
    app.jinja_env.lstrip_blocks = True
    app.jinja_env.filters |= {"long_date": long_date, "short_date": short_date, "clock_time": clock_time}
    app.jinja_env.globals["asset"] = asset
    app.config["SEND_FILE_MAX_AGE_DEFAULT"] = _A_YEAR
    desk: Desk = app.extensions["desk"]

    @app.context_processor
    def on_every_page() -> dict[str, Any]:
        return {
            "landlord": desk.landlord,
            "demo": app.config["DEMO"],
            "ombudsman": desk.rules.policy.ombudsman,
            "emergency": desk.rules.policy.emergency,
        }


def asset(name: str) -> str:
    """The address of a file under console/static/, which changes with its content."""
    return url_for("static", filename=name, v=_version(name))


@cache
def _version(name: str) -> str:
    return hashlib.sha256((HERE / "static" / name).read_bytes()).hexdigest()[:10]
