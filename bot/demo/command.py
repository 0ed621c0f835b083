"""The demo: a whole desk in one process over a sample shop, with its queue already filled."""

import logging
import signal
import socket
import tempfile
import threading
from collections.abc import Callable
from contextlib import ExitStack, closing
from pathlib import Path

import click
import sqlalchemy as sa
from sqlalchemy.orm import Session

from bot.building import DeskError, Edge, assemble
from bot.demo.config import ADDRESS, SECRET_FILE, SHOP_FILE, demo_config_text
from bot.demo.samples import samples
from bot.demo.shop import make_shop
from bot.mail.relay.catcher import Catcher
from bot.reader import ReaderBeside
from bot.stages.all import signs_of_life, stages
from bot.stages.door import open_door
from bot.stages.triage import ours
from bot.worker import Stage, work, work_once
from models import config as configuration
from models.desk import Desk
from models.keys import write_secret
from models.migrations import versions
from models.proof import Link, Purpose
from models.request import Request
from models.rules.kinds import Channel, Role
from models.services import staffing
from models.services.arrival import intake
from models.services.arrival.intake import Arrival
from models.services.requester import links, proofs
from models.spool import Spool
from models.staff import Staff

SEED = 7
STAFF = "grace@shop.example.com"
SECOND = "linus@shop.example.com"
LEFT_UNPROVED = 4
"""Every so-many-th sample customer has not answered the proof letter yet."""

StartWeb = Callable[[Desk], Callable[[], None]]


def demo(
    edge: Edge, start_web: StartWeb, *, port: int, smtp_port: int, folder: Path | None, with_samples: bool
) -> None:
    """Until SIGTERM or SIGINT. Everything lies in one folder and listens on loopback alone."""
    logging.basicConfig(level=logging.WARNING, format="%(levelname)s %(name)s %(message)s")
    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda _number, _frame: stop.set())
    with ExitStack() as ends:
        if folder is None:
            folder = Path(ends.enter_context(tempfile.TemporaryDirectory(prefix="rightsdesk-demo-")))
        desk = _furnish(folder, edge, port=port, smtp_port=smtp_port)
        _open(desk, start_web, ends, port=port, smtp_port=smtp_port)
        reader = ends.enter_context(closing(ReaderBeside(ours(desk))))
        work_of = stages(desk, reader, owner=desk.new_token()[:16])
        if with_samples:
            _fill(desk, work_of)
        _say_where(desk, smtp_port=smtp_port)
        work([signs_of_life(desk, owner="demo"), *work_of], stop, idle=0.3)


def _furnish(folder: Path, edge: Edge, *, port: int, smtp_port: int) -> Desk:
    """The folder of the demo; one that was left by an earlier demo is taken up again."""
    for part in ("var", "caught"):
        (folder / part).mkdir(parents=True, exist_ok=True)
    make_shop(folder / SHOP_FILE, seed=SEED)
    secret = folder / SECRET_FILE
    if not secret.exists():
        secret.touch(mode=0o600)
        secret.write_text(write_secret("k1", edge.new_token().encode()))
    text = demo_config_text(folder, port=port, smtp_port=smtp_port, catcher_port=_free_port())
    (folder / "config.toml").write_text(text, "utf-8")
    desk = assemble(configuration.load(folder / "config.toml"), edge, caught=folder / "caught")
    versions.upgrade(desk.engine)
    return desk


def _open(desk: Desk, start_web: StartWeb, ends: ExitStack, *, port: int, smtp_port: int) -> None:
    """All doors listen before anything is said of them; a port that is taken is named."""
    config = desk.config
    if config.smtp is None or config.listener is None or desk.caught is None:
        raise DeskError("the demo's configuration lacks a section")
    catcher = Catcher(desk.caught, config.smtp.port)
    catcher.start()
    ends.callback(catcher.stop)
    try:
        ends.callback(open_door(desk, config.listener).start().stop)
    except OSError as error:
        raise DeskError(f"port {smtp_port} is taken: give another one with --smtp-port") from error
    try:
        ends.callback(start_web(desk))
    except OSError as error:
        raise DeskError(f"port {port} is taken: give another one with --port") from error


def _fill(desk: Desk, work_of: list[Stage]) -> None:
    """The samples come in as mail would, and most of their writers have answered the proof letter."""
    with desk.sessions.begin() as session:
        if session.scalar(sa.select(Spool.id).limit(1)) is not None:
            return
        now = desk.clock()
        arrivals = [Arrival(sample.raw, now - sample.age, spooled_at=now) for sample in samples(now)]
        intake.store(session, intake.DOOR, Channel.MAIL, arrivals, keys=desk.keys)
    stop = threading.Event()
    work_once(work_of, stop)
    _answer_proofs(desk)
    work_once(work_of, stop)


def _answer_proofs(desk: Desk) -> None:
    with desk.sessions.begin() as session:
        known = sa.select(Request.ticket_id).where(Request.found > 0)
        waiting = sa.select(Link).where(Link.purpose == Purpose.PROOF, Link.ticket_id.in_(known))
        for number, link in enumerate(session.scalars(waiting.order_by(Link.ticket_id)).all()):
            if number % LEFT_UNPROVED != LEFT_UNPROVED - 1:
                proofs.prove(desk, session, links.token(link, desk.keys), now=desk.clock())


def _say_where(desk: Desk, *, smtp_port: int) -> None:
    """Four lines that a person clicks and a script reads, flushed at once."""
    base = desk.config.desk.base_url
    with desk.sessions.begin() as session:
        now = desk.clock()
        staff = [_member(desk, session, email, name) for email, name in ((STAFF, "Grace"), (SECOND, "Linus"))]
        token = staffing.login_link(session, staff[0], keys=desk.keys, now=now)
    for name, place in (
        ("form", f"{base}/support/"),
        ("staff", f"{base}/staff/link/{token}"),
        ("mail", f"{base}/demo/mail"),
        ("smtp", f"127.0.0.1:{smtp_port}"),
    ):
        click.echo(f"{name}: {place}")


def _member(desk: Desk, session: Session, email: str, name: str) -> Staff:
    known = staffing.by_email(session, email)
    if known is not None:
        return known
    password, now = desk.new_token(), desk.clock()
    return staffing.add(
        session, email=email, name=name, role=Role.ADMIN, password=password, by="demo", now=now, keys=desk.keys
    )


def _free_port() -> int:
    with socket.socket() as sock:
        sock.bind(("127.0.0.1", 0))
        return int(sock.getsockname()[1])


__all__ = ["ADDRESS", "demo"]
