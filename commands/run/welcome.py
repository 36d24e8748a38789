"""What a newcomer reads when Earshot is up: where to look, and nothing else."""

from casework.settings import Settings


def welcome(settings: Settings, *, demo: bool) -> str:
    address = settings.address
    if demo:
        lines = [
            "Earshot is up, with the demo neighbourhood: nothing leaves this machine.",
            "",
            f"  Be a resident     {address}/demo       a handset that texts and chats, and a mailbox",
            f"  Fill in the form  {address}/",
            f"  Be the landlord   {address}/staff      sign in as the page says",
        ]
    else:
        lines = [
            "Earshot is up.",
            "",
            f"  For residents  {address}/",
            f"  For staff      {address}/staff",
            "",
            "  earshot doctor says which channels are set up, and what is missing.",
        ]
    return "\n".join(["", *lines, "", f"  Everything is kept in {settings.var}. Ctrl-C stops it.", ""])
