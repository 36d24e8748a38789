"""The web process lists all channels and sends by none: it must not pay for the providers' libraries."""

import subprocess
import sys
from pathlib import Path

import channels

HEAVY = ("telegram", "twilio.rest", "requests", "httpx")


def test_listing_the_channels_loads_no_provider() -> None:
    code = (
        f"import sys; from channels import registry; registry.every(); print([m for m in {HEAVY} if m in sys.modules])"
    )
    house = Path(channels.__path__[0]).parent
    told = subprocess.run(
        [sys.executable, "-c", code], cwd=house, capture_output=True, text=True, check=True, timeout=60
    )
    assert told.stdout.strip() == "[]"
