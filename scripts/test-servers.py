"""Sees to the servers that the tests start for themselves: installs Debian's as root, else says what is missing.

With CI=true a missing server is a failure, since a test that cannot run proves nothing.
"""

# ruff: noqa: T201, S603 - a script prints, and the commands that it runs are written out here

import os
import shutil
import subprocess
import sys
from contextlib import contextmanager
from pathlib import Path

sys.path.append(str(Path(__file__).parent.parent / "tests"))

from support.servers import missing

POLICY = Path("/usr/sbin/policy-rc.d")


@contextmanager
def no_daemons():
    """Keep Debian's packages from starting services: tests start their own, privately."""
    if POLICY.exists():
        yield
        return
    POLICY.write_text("#!/bin/sh\nexit 101\n")
    POLICY.chmod(0o755)
    try:
        yield
    finally:
        POLICY.unlink()


def install(packages: list[str], answers: list[str]) -> None:
    print(f"Installing for the tests: {' '.join(packages)} (no daemon is started).", flush=True)
    quiet = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    apt = ["apt-get", "-qq", "-o", "Dpkg::Use-Pty=0"]
    with no_daemons():
        subprocess.run([*apt, "update"], env=quiet, check=True)
        if answers:
            subprocess.run(
                ["/usr/bin/debconf-set-selections"], env=quiet, check=True, input="\n".join(answers).encode()
            )
        install = [*apt, "install", "--yes", "--no-install-recommends", *packages]
        subprocess.run(install, env=quiet, check=True, stdout=subprocess.DEVNULL)


def main() -> int:
    lacking = missing()
    if lacking and os.geteuid() == 0 and shutil.which("apt-get"):
        install(
            [package for server in lacking for package in server.packages],
            [answer for server in lacking for answer in server.answers],
        )
        lacking = missing()
    if not lacking:
        return 0
    names = ", ".join(server.name for server in lacking)
    packages = " ".join(package for server in lacking for package in server.packages)
    print(f"Not tested here, for want of a server: {names} (as root on Debian: apt-get install {packages}).")
    return 1 if os.environ.get("CI") == "true" else 0


if __name__ == "__main__":
    sys.exit(main())
