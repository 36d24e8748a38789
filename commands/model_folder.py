"""Where the model of a version stands, for the commands that are given one."""

import re
from pathlib import Path

from casework.settings import settings
from commands.wrong_input import WrongInput

_VERSION = re.compile(r"[0-9A-Za-z][0-9A-Za-z.+_-]*")


def folder_of(version: str) -> Path:
    """Where the model of this version stands; raises WrongInput for what cannot be one."""
    if not _VERSION.fullmatch(version):
        raise WrongInput(f"{version!r} is no version: earshot models list names them.")
    return settings().models_folder / version
