"""What can stop a start.

CannotStart    said to the person who ran the command, in one sentence that says what to do
"""


class CannotStart(Exception):
    """Raised while Earshot is being brought up, with a sentence for whoever is bringing it up."""
