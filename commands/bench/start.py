"""How long a second `earshot run` takes until somebody who looks would find it ready."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

from commands.bench.house import free_port, wait_until
from commands.run.parent import die_with_parent


def measure(var: Path) -> dict[str, Any]:
    """Seconds from the command to the welcome, for the first start and the second, and to a clean stop."""
    first, _ = _once(var)
    second, stop = _once(var)
    return {"first_start_seconds": first, "second_start_seconds": second, "stop_seconds": stop}


def _once(var: Path) -> tuple[float, float]:
    var.mkdir(parents=True, exist_ok=True)
    environment = {name: value for name, value in os.environ.items() if not name.startswith("EARSHOT_")}
    environment |= {"EARSHOT_VAR": str(var), "EARSHOT_BIND": f"127.0.0.1:{free_port()}", "PYTHONUNBUFFERED": "1"}
    said = var / "said.txt"
    began = time.perf_counter()
    with said.open("wb") as output:
        running = subprocess.Popen(
            [sys.executable, "-m", "cli", "run", "--demo"],
            env=environment, stdout=output, stderr=subprocess.STDOUT, preexec_fn=die_with_parent,
        )  # fmt: skip
    wait_until(lambda: b"http://" in said.read_bytes(), "the welcome", 60)
    ready = time.perf_counter() - began
    began = time.perf_counter()
    running.send_signal(signal.SIGINT)
    running.wait(30)
    return round(ready, 2), round(time.perf_counter() - began, 2)
