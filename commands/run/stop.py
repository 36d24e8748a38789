"""How a process that works in rounds hears that it should stop."""

import signal
import threading


class Stop(threading.Event):
    """Set soon after someone asks us to stop; `asked` at that very moment."""

    asked = False

    def ask(self, *_: object) -> None:
        self.asked = True
        # By a thread: a handler that set the event itself could find this very thread holding its lock.
        threading.Thread(target=self.set).start()


def stop_signal() -> Stop:
    """What SIGTERM and SIGINT set from now on."""
    stop = Stop()
    for sign in (signal.SIGTERM, signal.SIGINT):
        signal.signal(sign, stop.ask)
    return stop
