"""A web application goes in; out comes a server on a thread of its own that stops within seconds, answers finished."""

import threading
import time

from flask import Flask
from waitress import trigger, wasyncore
from waitress.channel import HTTPChannel
from waitress.server import BaseWSGIServer, create_server

SETTINGS = {
    "threads": 8,
    "connection_limit": 200,
    # Seconds that a connection may say nothing.
    "channel_timeout": 30,
    # Above our own limit, which answers with a page; a large body is kept on disk meanwhile.
    "max_request_body_size": 16 * 1024 * 1024,
    # Whether a proxy is to be believed is decided in guard, and a strange one shall be noticed.
    "clear_untrusted_proxy_headers": False,
    "ident": None,
}


class Server:
    """Bound once it is made: a port that is taken raises OSError then. Port 0 takes a free one."""

    def __init__(self, app: Flask, *, host: str, port: int) -> None:
        self._map: dict[int, wasyncore.dispatcher] = {}
        try:
            self._server = create_server(app, map=self._map, host=host, port=port, **SETTINGS)
        except OSError:
            wasyncore.close_all(self._map, ignore_all=True)
            raise
        self._trigger = next(one for one in self._map.values() if isinstance(one, trigger.trigger))
        self._thread = threading.Thread(target=self._server.run, name="web", daemon=True)

    @property
    def port(self) -> int:
        return int(self._listeners()[0].effective_port)

    def start(self) -> None:
        self._thread.start()

    def stop(self, *, within: float = 10.0) -> None:
        """No new connection, the answers in hand are finished, then the loop ends. Stopping twice is stopping once."""
        if not self._thread.is_alive():
            wasyncore.close_all(self._map, ignore_all=True)
            return
        listeners = self._listeners()
        self._in_loop(lambda: [wasyncore.dispatcher.close(listener) for listener in listeners])
        self._server.task_dispatcher.shutdown(cancel_pending=True, timeout=within)
        self._flush()
        self._in_loop(lambda: wasyncore.close_all(self._map, ignore_all=True))
        self._thread.join(within)

    def _listeners(self) -> list[BaseWSGIServer]:
        return [one for one in self._map.values() if isinstance(one, BaseWSGIServer)]

    def _in_loop(self, deed: object) -> None:
        """The loop's own thread does it: its map may not change under it.

        Not before it was woken for it: woken for something else it might close the very pipe that is to wake it.
        """
        with self._trigger.lock:
            self._trigger.thunks.append(deed)
            self._trigger.pull_trigger()

    def _flush(self) -> None:
        """Wait a second at most for answers that are on their way."""
        for _ in range(50):
            if not self._unsent():
                return
            time.sleep(0.02)

    def _unsent(self) -> bool:
        return any(
            channel.total_outbufs_len for channel in self._map.copy().values() if isinstance(channel, HTTPChannel)
        )
