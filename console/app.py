"""The factory of the web process: `create_app()` for gunicorn, for tests, and for nothing else.

Each module beside this one that offers a `blueprint` is a subject: module = blueprint = template folder =
test file. The demo's blueprints are registered only where the book is a demo book.
"""

import importlib
import logging
import pkgutil

from flask import Flask
from flask_wtf import CSRFProtect

import console
from casework.settings import settings
from casework.storage import book as facts
from casework.storage.sessions import book
from intake.desk import desk

MOST_BYTES = 120 * 1024 * 1024
"""More than ten files of ten megabytes; a longer request is refused before it is read."""

csrf = CSRFProtect()


def create_app() -> Flask:
    """The web application of this deployment, as the environment describes it."""
    app = Flask("console", root_path=str(console.__path__[0]))
    app.config.update(
        SECRET_KEY=settings().secret,
        MAX_CONTENT_LENGTH=MOST_BYTES,
        SESSION_COOKIE_HTTPONLY=True,
        SESSION_COOKIE_SAMESITE="Lax",
        SESSION_COOKIE_SECURE=settings().address.startswith("https://"),
    )
    logging.basicConfig(level=settings().log_level)
    csrf.init_app(app)
    with book().reading() as session:
        app.config["DEMO"] = facts.is_demo(session)
    app.extensions["desk"] = desk()
    for name in _subjects(demo=app.config["DEMO"]):
        module = importlib.import_module(f"console.{name}")
        if hasattr(module, "blueprint"):
            app.register_blueprint(module.blueprint)
        if hasattr(module, "prepare"):
            module.prepare(app)
    return app


def _subjects(*, demo: bool) -> list[str]:
    found = [module.name for module in pkgutil.iter_modules(console.__path__) if module.name != "app"]
    return sorted(name for name in found if demo or name != "demo")
