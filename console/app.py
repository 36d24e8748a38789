"""The factory of the web process: `create_app()` for gunicorn, for tests, and for nothing else.

Each module beside this one that offers a `blueprint` is a subject: module = blueprint = template folder =
test file. A module's `prepare(app)`, where it has one, is called once. What stands in `console/demo/` is
part of the application only where the book is a demo book.
"""

import importlib
import logging
import pkgutil
from types import ModuleType

from flask import Flask
from flask_wtf import CSRFProtect

import console
import console.demo
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
        MAX_FORM_MEMORY_SIZE=4 * 1024 * 1024,
        SESSION_COOKIE_HTTPONLY=True,
        SESSION_COOKIE_SAMESITE="Lax",
        SESSION_COOKIE_SECURE=settings().address.startswith("https://"),
        WTF_CSRF_TIME_LIMIT=None,  # as long as the session: whoever writes slowly must not lose what they wrote
    )
    logging.basicConfig(level=settings().log_level)
    csrf.init_app(app)
    with book().reading() as session:
        app.config["DEMO"] = facts.is_demo(session)
    app.extensions["desk"] = desk()
    for name in _subjects(console):
        _join(app, importlib.import_module(name))
    for name in _subjects(console.demo) if app.config["DEMO"] else []:
        module = importlib.import_module(name)
        if hasattr(module, "blueprint"):  # the neighbours themselves are no pages
            _join(app, module)
    return app


def _join(app: Flask, module: ModuleType) -> None:
    if hasattr(module, "blueprint"):
        app.register_blueprint(module.blueprint)
    if hasattr(module, "prepare"):
        module.prepare(app)


def _subjects(room: ModuleType) -> list[str]:
    modules = pkgutil.iter_modules(room.__path__)
    return [f"{room.__name__}.{found.name}" for found in modules if not found.ispkg and found.name != "app"]
