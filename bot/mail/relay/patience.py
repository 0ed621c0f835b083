"""A mail server that says "later" as we come is asked less and less often; its connection comes out, or why not."""

import smtplib
import time
from collections.abc import Callable

from bot.mail.relay.session import RelayAwayError, RelayBusyError, Server, connect

PAUSES = (0.0, 60.0, 300.0, 900.0)
"""Seconds after the first time, the second and so on, at the least; the worker has its own pause beside them."""


class Patience:
    """The way to one server, and how often in a row it has said "later" by now."""

    def __init__(self, server: Server, *, seconds: Callable[[], float] = time.monotonic) -> None:
        self._server, self._seconds = server, seconds
        self._times, self._not_before = 0, 0.0

    def connected(self) -> smtplib.SMTP:
        """Raises RelayAwayError, without asking the server where its pause is not over."""
        if self._seconds() < self._not_before:
            raise RelayAwayError("the server said that it takes nothing now; it is asked again later")
        try:
            connection = connect(self._server)
        except RelayBusyError:
            self._times = min(self._times + 1, len(PAUSES))
            self._not_before = self._seconds() + PAUSES[self._times - 1]
            raise
        self._times = 0
        return connection
