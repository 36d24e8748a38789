"""What a newcomer reads when Earshot is up: where to look, and nothing else."""

import os

from casework.settings import Settings
from console.demo import neighbourhood


def welcome(settings: Settings, *, demo: bool) -> str:
    """The lines to print once the web answers."""
    lines = _demo(settings) if demo else _real(settings)
    return "\n".join(["", *lines, "", f"  Everything is kept in {settings.var}. Ctrl-C stops it.", ""])


def _demo(settings: Settings) -> list[str]:
    who, password = neighbourhood.sign_in(settings.var)
    return [
        "Earshot is up, with the demo neighbourhood: nothing leaves this machine.",
        "",
        f"  Be a resident     {settings.address}/demo    a handset that texts and chats, and a mailbox",
        f"  Fill in the form  {settings.address}/",
        f"  Be the landlord   {settings.address}/staff   {who}, password {password}",
        f"  Write a mail      {os.environ['EARSHOT_SMTP_URL']}   to {neighbourhood.OUR_MAIL}",
    ]


def _real(settings: Settings) -> list[str]:
    return [
        "Earshot is up.",
        "",
        f"  For residents  {settings.address}/",
        f"  For staff      {settings.address}/staff",
        "",
        "  earshot staff add EMAIL lets somebody sign in.",
        "  earshot doctor says which channels are set up, and what is missing.",
    ]
