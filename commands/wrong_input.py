"""What a command says to wrong input: one sentence, exit status 2."""

import click


class WrongInput(click.ClickException):
    """Raised by a command for input that it cannot use; the message is one sentence that says what is wanted."""

    exit_code = 2
