"""What every answer says to the browser: run nothing of strangers, show us in no frame, keep no copy."""

from flask import Flask, Response

_THE_ONE_INLINE_SCRIPT = "sha256-GUQ5ad8JK5KmEWmROf3LZd9ge94daqNvd8xy9YS1iDw="
"""govuk-frontend's own line, which tells its styles that scripts run; a test keeps the hash true."""

HEADERS = {
    "Content-Security-Policy": (
        f"default-src 'none'; script-src 'self' '{_THE_ONE_INLINE_SCRIPT}'; style-src 'self'; img-src 'self' data:;"
        " connect-src 'self'; media-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
    ),
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
    "Cache-Control": "no-store",
}


def prepare(app: Flask) -> None:
    """Add the headers to every answer that does not say otherwise itself."""
    headers = dict(HEADERS)
    if app.config["SESSION_COOKIE_SECURE"]:
        headers["Strict-Transport-Security"] = "max-age=31536000"

    @app.after_request
    def protected(response: Response) -> Response:
        for name, value in headers.items():
            response.headers.setdefault(name, value)
        return response
