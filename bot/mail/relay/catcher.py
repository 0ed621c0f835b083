"""The end of the demo's outgoing mail: a server on loopback that takes every letter and keeps it in a folder."""

from pathlib import Path

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session


class Catcher:
    """Keeps what it is sent as ``1.eml``, ``2.eml``, …; nothing goes any further."""

    def __init__(self, folder: Path, port: int) -> None:
        self._folder = folder
        self._next = 1 + max((int(file.stem) for file in folder.glob("*.eml")), default=0)
        self._controller = Controller(self, hostname="127.0.0.1", port=port, data_size_limit=0)

    def start(self) -> None:
        self._controller.start()

    def stop(self) -> None:
        self._controller.stop()

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802 (aiosmtpd)
        number, self._next = self._next, self._next + 1
        unfinished = self._folder / f"{number}.part"
        unfinished.write_bytes(envelope.content if isinstance(envelope.content, bytes) else b"")
        unfinished.rename(self._folder / f"{number}.eml")
        return "250 2.0.0 Caught"
