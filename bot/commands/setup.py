"""A folder and a password go in; out comes a new desk in it. An older database goes in; out comes the present one."""

from collections.abc import Collection
from pathlib import Path

from bot import building
from bot.edge import DeskError, Edge
from models import config as configuration
from models.base import make_engine
from models.desk import Desk
from models.keys import read_keyring, write_secret
from models.migrations import versions
from models.rules.kinds import Role
from models.services import passwords, staffing

CONFIG, SECRET, DATABASE = Path("config.toml"), Path("var/secret"), Path("var/rightsdesk.sqlite3")
# In the order in which they can be removed again.
WRITTEN = (
    *(DATABASE.with_name(DATABASE.name + journal) for journal in ("-shm", "-wal", "")),
    SECRET,
    SECRET.parent,
    CONFIG,
    Path(),
)


def init(edge: Edge, folder: Path, *, email: str, password: str, secret: bytes, by: str) -> None:
    """A new desk, whole or not at all; nothing that was there is written over."""
    if (folder / CONFIG).exists():
        raise DeskError(f"there is a {folder / CONFIG} already: remove it, or name another folder with --dir")
    if len(password) < passwords.SHORTEST:
        raise DeskError(f"a password has at least {passwords.SHORTEST} characters: take a longer one")
    before = {path for path in WRITTEN if (folder / path).exists()}
    try:
        _write(folder, secret)
        desk = building.build(folder / CONFIG, edge)
        _appoint(desk, email, password, by=by)
        desk.engine.dispose()
    except BaseException:
        _remove(folder, kept=before)
        raise


def migrate(config: Path) -> str:
    """What was done, in one line."""
    engine = make_engine(configuration.load(config).database.url)
    try:
        return versions.upgrade(engine)
    except versions.VersionError as error:
        raise DeskError(str(error)) from error
    finally:
        engine.dispose()


def _write(folder: Path, secret: bytes) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    (folder / SECRET).parent.mkdir(mode=0o700, exist_ok=True)
    if (folder / SECRET).exists():
        # Letters that left are signed with it, and the database beside it is sealed with it.
        read_keyring(configuration.read_secret(folder / SECRET).decode("ascii"))
    else:
        configuration.write_secret(folder / SECRET, write_secret("k1", secret).encode())
    text = configuration.fresh_config_text(secret_file=str(SECRET), database_url=f"sqlite:///{DATABASE}")
    # Passwords of customer databases will stand in it.
    (folder / CONFIG).touch(0o600, exist_ok=False)
    (folder / CONFIG).write_text(text, "utf-8")
    migrate(folder / CONFIG)


def _appoint(desk: Desk, email: str, password: str, *, by: str) -> None:
    """The first admin. An account that the database holds already gets this password and this role."""
    now = desk.clock()
    with desk.sessions.begin() as session:
        if staffing.by_email(session, email) is None:
            staffing.add(
                session, email=email, name=email.partition("@")[0], role=Role.ADMIN, password=password, by=by, now=now,
                keys=desk.keys,
            )  # fmt: skip
            return
        staffing.reset(session, email=email, password=password, by=by, now=now, keys=desk.keys)
        staffing.set_role(session, email=email, role=Role.ADMIN, by=by, now=now)


def _remove(folder: Path, *, kept: Collection[Path]) -> None:
    for path in WRITTEN:
        whole = folder / path
        if path in kept or not whole.exists():
            continue
        if whole.is_dir():
            whole.rmdir()
        else:
            whole.unlink()
