"""Real servers on loopback for the whole suite: Dovecot for the way in, a sink for the way out; no pytest in here."""

import asyncio
import base64
import grp
import hmac
import ipaddress
import os
import pwd
import re
import shutil
import signal
import socket
import ssl
import subprocess
import tempfile
import threading
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email import message_from_bytes, policy
from email.message import EmailMessage
from functools import cached_property
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import MISSING, SMTP, AuthResult, Envelope, LoginPassword, Session
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from imapclient import IMAPClient

LOOPBACK = "127.0.0.1"
PASSWORD = "secret"
MECHANISMS = {"PLAIN", "LOGIN", "CRAM-MD5", "XOAUTH2", "OAUTHBEARER"}

DOVECOT = r"""
base_dir = {run}
log_path = {home}/log
protocols = imap
ssl = {ssl}
{certificate}
disable_plaintext_auth = no
default_internal_user = {user}
default_login_user = {user}
default_internal_group = {group}
mail_location = maildir:{home}/mail/%u
default_vsz_limit = 1 G
mail_fsync = never
mail_max_userip_connections = 100
first_valid_uid = 1
auth_failure_delay = 0
auth_username_chars =
{capability}
namespace inbox {{
  inbox = yes
  separator = {separator}
  mailbox Verdächtig {{
    special_use = \Junk
  }}
  mailbox Everything {{
    special_use = \All
  }}
}}
service imap-login {{
  chroot =
  service_count = 0
  process_min_avail = 1
  inet_listener imap {{
    address = 127.0.0.1
    port = {port}
  }}
  inet_listener imaps {{
    address = 127.0.0.1
    port = {tls_port}
    ssl = yes
  }}
}}
service imap {{
  service_count = 100
}}
service anvil {{
  chroot =
  unix_listener anvil-auth-penalty {{
    mode = 0
  }}
}}
{tokens}
passdb {{
  driver = static
  args = password=secret
}}
userdb {{
  driver = static
  args = uid={uid} gid={gid} home={home}/home/%u
}}
"""

TOKENS = """
auth_mechanisms = plain {mechanisms}
passdb {{
  driver = oauth2
  mechanisms = {mechanisms}
  args = {config}
}}
"""
INTROSPECTION = """
introspection_url = {url}/introspect
introspection_mode = post
username_attribute = username
active_attribute = active
active_value = true
"""


def free_port() -> int:
    with socket.socket() as sock:
        sock.bind((LOOPBACK, 0))
        port: int = sock.getsockname()[1]
        return port


def wait_for_port(port: int, seconds: float = 10) -> None:
    _wait(lambda: _listens(port), seconds, f"nothing listens on port {port}")


@dataclass(frozen=True)
class Certificate:
    """A self-signed certificate for localhost and 127.0.0.1; trust it by naming ``cert`` as the CA file."""

    cert: Path
    key: Path

    @classmethod
    def make(cls, home: Path) -> "Certificate":
        key = ec.generate_private_key(ec.SECP256R1())
        made = cls(home / "cert.pem", home / "key.pem")
        made.cert.write_bytes(_self_signed(key).public_bytes(serialization.Encoding.PEM))
        made.key.write_bytes(
            key.private_bytes(
                serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
            )
        )
        return made

    def server_context(self) -> ssl.SSLContext:
        context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        context.load_cert_chain(self.cert, self.key)
        return context


class ImapServer:
    """What every IMAP server of the tests can be asked by whoever delivers mail and by who looks at it afterwards."""

    host = LOOPBACK
    password = PASSWORD
    port: int
    tls_port: int
    cafile: Path | None

    def named(self, folder: str) -> str:
        """The server's own name of a folder, separated by "/" here."""
        return folder

    def append(
        self, user: str, raw: bytes, folder: str = "INBOX", internaldate: datetime | None = None, seen: bool = False
    ) -> int:
        """Put a mail into a folder (made when missing) and say which UID it got."""
        folder = self.named(folder)
        with self._client(user) as client:
            if folder != "INBOX" and not client.folder_exists(folder):
                client.create_folder(folder)
            answer = client.append(folder, raw, [rb"\Seen"] if seen else [], internaldate)
            # Said by the server itself (RFC 4315): a worker may have moved the mail already.
            if said := re.search(rb"APPENDUID \d+ (\d+)", answer):
                return int(said[1])
            client.select_folder(folder, readonly=True)
            return int(max(client.search("ALL")))

    def folder_uids(self, user: str, folder: str = "INBOX") -> list[int]:
        with self._client(user) as client:
            if not client.folder_exists(self.named(folder)):
                return []
            client.select_folder(self.named(folder), readonly=True)
            return [int(uid) for uid in client.search("ALL")]

    def folders(self, user: str) -> list[str]:
        with self._client(user) as client:
            return [name for _flags, _separator, name in client.list_folders()]

    def flags(self, user: str, uid: int, folder: str = "INBOX") -> set[bytes]:
        with self._client(user) as client:
            client.select_folder(self.named(folder), readonly=True)
            return set(client.get_flags([uid])[uid])

    def set_flags(self, user: str, uid: int, flags: list[bytes], folder: str = "INBOX") -> None:
        with self._client(user) as client:
            client.select_folder(self.named(folder))
            client.add_flags([uid], flags)

    def mails(self, user: str, folder: str) -> list[tuple[bytes, datetime]]:
        """The mails of a folder with their INTERNALDATE, in order of UID."""
        with self._client(user) as client:
            client.normalise_times = False
            client.select_folder(self.named(folder), readonly=True)
            found = client.fetch(client.search("ALL"), ["BODY.PEEK[]", "INTERNALDATE"])
            return [(found[uid][b"BODY[]"], found[uid][b"INTERNALDATE"]) for uid in sorted(found)]

    def move(self, user: str, uid: int, folder: str, target: str) -> None:
        """As another program of the same person does it, where the server need not know MOVE."""
        with self._client(user) as client:
            if not client.folder_exists(self.named(target)):
                client.create_folder(self.named(target))
            client.select_folder(self.named(folder))
            client.copy([uid], self.named(target))
            client.delete_messages([uid])
            client.uid_expunge([uid])

    def remove(self, user: str, folder: str) -> None:
        with self._client(user) as client:
            client.delete_folder(self.named(folder))

    def recreate(self, user: str, folder: str) -> None:
        """The folder with a new UIDVALIDITY, empty: what a restored backup looks like."""
        with self._client(user) as client:
            client.delete_folder(self.named(folder))
            client.create_folder(self.named(folder))

    def _client(self, user: str) -> IMAPClient:
        client = IMAPClient(self.host, self.port, ssl=False, timeout=10)
        # A mail and its end leave as two writes: the second would wait for the first to be acknowledged.
        client.socket().setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        client.plain_login(user, PASSWORD)  # LOGIN does not quote a user name
        return client


class Dovecot(ImapServer):
    """An IMAP server: any user name with the password ``secret`` has an own, empty INBOX.

    With ``tls`` it offers STARTTLS on ``port`` and implicit TLS on ``tls_port``; ``cafile`` is to be trusted.
    ``tokens`` is the URL of a provider whose tokens it takes too, by these ``mechanisms``.
    """

    def __init__(
        self, home: Path, *, tls: bool = False, capability: str | None = None, separator: str = "/",
        tokens: str | None = None, mechanisms: str = "xoauth2 oauthbearer",
    ) -> None:  # fmt: skip
        self.home = Path(home)
        self._tokens, self._mechanisms = tokens, mechanisms
        self._separator = separator
        self.tls, self._capability = tls, capability
        self.port, self.tls_port = free_port(), 0
        self.cafile = None
        self._process: subprocess.Popen[bytes] | None = None
        self._run = ""

    def named(self, folder: str) -> str:
        return folder.replace("/", self._separator)

    @staticmethod
    def installed() -> bool:
        return _program() is not None

    def start(self) -> Self:
        who = pwd.getpwnam("dovecot") if os.getuid() == 0 else pwd.getpwuid(os.getuid())
        # Socket paths must stay below 108 bytes, and the folders of a test run are deep.
        self._run = tempfile.mkdtemp(prefix="dovecot-")
        self.home.mkdir(parents=True, exist_ok=True)
        for folder in (Path(self._run), self.home / "mail", self.home / "home"):
            folder.mkdir(exist_ok=True)
            os.chown(folder, who.pw_uid, who.pw_gid)
        _let_through(self.home)
        config = self.home / "dovecot.conf"
        config.write_text(self._config(who))
        program = _program()
        if program is None:
            raise FileNotFoundError("dovecot is not installed")
        self._process = subprocess.Popen(
            [program, "-F", "-c", str(config)], stderr=subprocess.DEVNULL, start_new_session=True
        )
        wait_for_port(self.port)
        return self

    def stop(self) -> None:
        if self._process is not None:
            self._process.send_signal(signal.SIGTERM)
            self._process.wait(10)
            # Its children go on talking to whoever is connected: a server that is down is silent.
            with suppress(ProcessLookupError):
                os.killpg(self._process.pid, signal.SIGKILL)
            self._process = None
        shutil.rmtree(self._run, ignore_errors=True)

    def log(self) -> str:
        return (self.home / "log").read_text(errors="replace")

    def _config(self, who: pwd.struct_passwd) -> str:
        certificate = ""
        if self.tls:
            made = Certificate.make(self.home)
            self.cafile, self.tls_port = made.cert, free_port()
            certificate = f"ssl_cert = <{made.cert}\nssl_key = <{made.key}"
        return DOVECOT.format(
            home=self.home, run=self._run, port=self.port, tls_port=self.tls_port, certificate=certificate,
            ssl="yes" if self.tls else "no", user=who.pw_name, group=grp.getgrgid(who.pw_gid).gr_name,
            uid=who.pw_uid, gid=who.pw_gid, separator=self._separator,
            capability=f"imap_capability = {self._capability}" if self._capability else "",
            tokens=self._token_config(),
        )  # fmt: skip

    def _token_config(self) -> str:
        if self._tokens is None:
            return ""
        config = self.home / "tokens.conf"
        config.write_text(INTROSPECTION.format(url=self._tokens))
        return TOKENS.format(mechanisms=self._mechanisms, config=config)

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()


@dataclass(frozen=True)
class Caught:
    """A mail as the sink took it."""

    mail_from: str
    rcpt_tos: tuple[str, ...]
    raw: bytes

    @cached_property
    def message(self) -> EmailMessage:
        return message_from_bytes(self.raw, policy=policy.default)


@dataclass
class _Plan:
    """What the sink does to the next mails instead of taking them."""

    code: int
    times: int
    at: str
    text: str


class SmtpSink:
    """An SMTP server that keeps what it is given, and can be told to misbehave.

    ``tls`` is None, "starttls" or "implicit" (``cafile`` is to be trusted); ``login``: what it wants, or ``tokens``
    says of user and token whether they will do. ``mechanisms`` are the ways to log in; ``attempts`` those that were
    tried, "short" where the first answer came with the command.
    """

    host = LOOPBACK

    def __init__(
        self,
        *,
        home: Path | None = None,
        tls: str | None = None,
        login: tuple[str, str] | None = None,
        smtputf8: bool = True,
        tokens: Callable[[str, str], bool] | None = None,
        mechanisms: Sequence[str] = ("PLAIN", "LOGIN"),
    ) -> None:
        self.port = free_port()
        self.connections = 0
        self.attempts: list[tuple[str, str]] = []
        self._tokens, self._mechanisms = tokens, mechanisms
        self.cafile: Path | None = None
        self._tls, self._login, self._smtputf8 = tls, login, smtputf8
        self._inbox: list[Caught] = []
        self._plans: list[_Plan] = []
        self._changed = threading.Condition()
        self._controller: Controller | None = None
        self._context: ssl.SSLContext | None = None
        if tls is not None:
            certificate = Certificate.make(home if home is not None else Path(tempfile.mkdtemp(prefix="sink-")))
            self.cafile, self._context = certificate.cert, certificate.server_context()

    @property
    def _wants_login(self) -> bool:
        return self._login is not None or self._tokens is not None

    @property
    def inbox(self) -> list[Caught]:
        """A copy of what was caught so far."""
        with self._changed:
            return list(self._inbox)

    def clear(self) -> None:
        with self._changed:
            self._inbox.clear()

    def wait(self, n: int, seconds: float = 5) -> list[Caught]:
        """The mails once there are ``n``; AssertionError when they do not come."""
        with self._changed:
            if not self._changed.wait_for(lambda: len(self._inbox) >= n, seconds):
                raise AssertionError(f"{len(self._inbox)} mails in {seconds} s, not {n}")
            return list(self._inbox)

    def refuse_next(self, code: int, times: int = 1, *, at: str = "rcpt", text: str = "refused by plan") -> None:
        """Answer the next commands with ``code``: at "mail", "rcpt" or "data" (after the final dot)."""
        with self._changed:
            self._plans.append(_Plan(code, times, at, text))

    def drop_next(self, times: int = 1, *, at: str = "taken") -> None:
        """Drop the connection after the final dot, the mail "taken" or "lost": who sent it cannot know; or instead of
        an answer: to the "connect", "ehlo", "mail from", "rcpt to", "data line", or "within" the mail.
        """
        with self._changed:
            self._plans.append(_Plan(0, times, at, ""))

    def hang_next(self, times: int = 1) -> None:
        """Never answer the final dot of the next mails."""
        with self._changed:
            self._plans.append(_Plan(0, times, "hang", ""))

    def go_down(self) -> None:
        self.stop()

    def come_back(self) -> None:
        self.start()

    def start(self) -> Self:
        self._controller = _SinkController(self)
        self._controller.start()
        return self

    def stop(self) -> None:
        if self._controller is not None:
            self._controller.stop()
            self._controller = None

    def _next(self, *places: str) -> _Plan | None:
        with self._changed:
            for plan in self._plans:
                if plan.at in places:
                    plan.times -= 1
                    if plan.times <= 0:
                        self._plans.remove(plan)
                    return plan
        return None

    def _take(self, envelope: Envelope) -> None:
        raw = bytes(envelope.content or b"") if not isinstance(envelope.content, str) else envelope.content.encode()
        with self._changed:
            self._inbox.append(Caught(envelope.mail_from or "", tuple(envelope.rcpt_tos), raw))
            self._changed.notify_all()

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()


class _SinkController(Controller):
    """One run of the sink's server: "down" ends it, "back" makes the next on the same port."""

    def __init__(self, sink: SmtpSink) -> None:
        self._sink = sink
        context = sink._context if sink._tls == "implicit" else None
        super().__init__(_SinkHandler(sink), hostname=LOOPBACK, port=sink.port, ssl_context=context)
        self._open: set[_SinkProtocol] = set()

    def factory(self) -> SMTP:
        sink = self._sink
        options: dict[str, Any] = {"enable_SMTPUTF8": sink._smtputf8, "data_size_limit": 50_000_000}
        if sink._tls == "starttls":
            options |= {"tls_context": sink._context, "require_starttls": True}
        if sink._login is not None:
            options["authenticator"] = _Login(sink._login)
        if sink._wants_login:
            options |= {"auth_require_tls": sink._tls == "starttls"}
            options |= {"auth_exclude_mechanism": MECHANISMS - {*sink._mechanisms}}
        protocol = _SinkProtocol(_SinkHandler(sink), ident="sink", **options)
        self._open.add(protocol)
        return protocol

    def stop(self, no_assert: bool = False) -> None:
        # A server that is down has also dropped whoever was connected.
        done = threading.Event()
        self.loop.call_soon_threadsafe(self._drop_all, done)
        done.wait(5)
        super().stop(no_assert)

    def _drop_all(self, done: threading.Event) -> None:
        for protocol in self._open:
            _abort(protocol)
        self.loop.call_soon(done.set)


_VERBS = {b"EHLO": "ehlo", b"MAIL": "mail from", b"RCPT": "rcpt to", b"DATA": "data line"}
_COMMAND = 300
"""Octets: a mail's first piece is longer."""


class _SinkProtocol(SMTP):
    # An aiosmtpd server gives up lines over 1001 bytes; what we send is ours to judge in the tests.
    line_length_limit = 65536

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        super().connection_made(transport)
        if self.event_handler.drops("connect"):
            _abort(self)

    def data_received(self, data: bytes) -> None:
        """Commands of the sender of this product come one at a time; a mail in as many pieces as it has."""
        verb = data[:4].upper()
        at = _VERBS.get(verb, "" if data.endswith(b"\r\n") and len(data) < _COMMAND else "within")
        if at and self.event_handler.drops(at):
            _abort(self)
        else:
            super().data_received(data)


@dataclass(frozen=True)
class _Login:
    expected: tuple[str, str]

    def __call__(self, server: Any, session: Any, envelope: Any, mechanism: str, given: Any) -> AuthResult:
        if not isinstance(given, LoginPassword):
            return AuthResult(success=False, handled=False)
        return AuthResult(success=(given.login.decode(), given.password.decode()) == self.expected, handled=False)


class _SinkHandler:
    def __init__(self, sink: SmtpSink) -> None:
        self._sink = sink

    def drops(self, at: str) -> bool:
        return self._sink._next(at) is not None

    async def handle_EHLO(  # noqa: N802 (the name is aiosmtpd's)
        self, server: SMTP, session: Session, envelope: Envelope, hostname: str, responses: list[str]
    ) -> list[str]:
        self._sink.connections += 1
        session.host_name = hostname
        return responses

    async def handle_AUTH(self, server: SMTP, session: Session, envelope: Envelope, args: list[str]) -> Any:  # noqa: N802
        self._sink.attempts.append((args[0], "short" if len(args) > 1 else "long"))
        if plan := self._sink._next("auth"):
            return f"{plan.code} {plan.text}"
        return MISSING

    async def auth_XOAUTH2(self, server: SMTP, args: list[str]) -> AuthResult:  # noqa: N802
        found = re.fullmatch(rb"user=([^\x01]*)\x01auth=Bearer ([^\x01]*)\x01\x01", await _told(server, args))
        return await self._by_token(server, found, error_ends_with=b"")

    async def auth_OAUTHBEARER(self, server: SMTP, args: list[str]) -> AuthResult:  # noqa: N802
        found = re.fullmatch(rb"n,a=([^,]*),\x01auth=Bearer ([^\x01]*)\x01\x01", await _told(server, args))
        return await self._by_token(server, found, error_ends_with=b"\x01")

    async def auth_CRAM__MD5(self, server: SMTP, args: list[str]) -> AuthResult:  # noqa: N802
        user, password = self._sink._login or ("", "")
        digest = hmac.new(password.encode(), b"<1.2@sink>", "md5").hexdigest()
        return AuthResult(success=await server.challenge_auth("<1.2@sink>") == f"{user} {digest}".encode())

    async def _by_token(self, server: SMTP, found: re.Match[bytes] | None, *, error_ends_with: bytes) -> AuthResult:
        """RFC 7628, 3.2.3: the error as JSON, an answer without a word, and only then the refusal."""
        tokens = self._sink._tokens
        user = found[1].replace(b"=2C", b",").replace(b"=3D", b"=").decode() if found else ""
        if found and tokens and tokens(user, found[2].decode()):
            return AuthResult(success=True)
        answer = await server.challenge_auth(b'{"status":"invalid_token"}')
        assert answer == error_ends_with, answer
        return AuthResult(success=False, handled=False)

    async def handle_MAIL(  # noqa: N802
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        if self._sink._wants_login and not session.authenticated:
            return "530 5.7.0 Authentication required"
        if plan := self._sink._next("mail"):
            return f"{plan.code} {plan.text}"
        envelope.mail_from = address
        envelope.mail_options.extend(options)
        return "250 OK"

    async def handle_RCPT(  # noqa: N802
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        if plan := self._sink._next("rcpt"):
            return f"{plan.code} {plan.text}"
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802
        plan = self._sink._next("data", "taken", "lost", "hang")
        if plan is None or plan.at == "taken":
            self._sink._take(envelope)
        if plan is None:
            return "250 2.0.0 kept"
        if plan.at == "data":
            return f"{plan.code} {plan.text}"
        if plan.at == "hang":
            await asyncio.sleep(30)
        _abort(server)
        return "421 4.3.0 gone"


async def _told(server: SMTP, args: list[str]) -> bytes:
    """The first answer of a mechanism, with the command or to the empty challenge after it."""
    told = base64.b64decode(args[1]) if len(args) > 1 else await server.challenge_auth("")
    assert isinstance(told, bytes)
    return told


def _abort(protocol: SMTP) -> None:
    if isinstance(protocol.transport, asyncio.Transport):
        protocol.transport.abort()


def _program() -> str | None:
    # Debian keeps daemons where a normal user's PATH does not look.
    return shutil.which("dovecot") or shutil.which("dovecot", path="/usr/sbin:/usr/local/sbin")


def _let_through(home: Path) -> None:
    """Dovecot's mail processes are another user where root starts it: they must be able to walk to ``home``."""
    if os.getuid() == 0:
        for folder in (home, *home.parents):
            mode = folder.stat().st_mode
            if mode & 0o011 != 0o011:
                folder.chmod(mode | 0o011)


def _self_signed(key: ec.EllipticCurvePrivateKey) -> x509.Certificate:
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "localhost")])
    names = [x509.DNSName("localhost"), x509.IPAddress(ipaddress.ip_address(LOOPBACK))]
    now = datetime.now(UTC)
    builder = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=30))
        .add_extension(x509.SubjectAlternativeName(names), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
    )
    return builder.sign(key, hashes.SHA256())


def _listens(port: int) -> bool:
    try:
        socket.create_connection((LOOPBACK, port), 1).close()
    except OSError:
        return False
    return True


def _wait(condition: Callable[[], bool], seconds: float, complaint: str) -> None:
    until = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > until:
            raise AssertionError(complaint)
        time.sleep(0.01)
