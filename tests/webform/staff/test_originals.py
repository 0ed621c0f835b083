"""What came with a message: files are saved and never shown, HTML is shown harmless, and who opened it is told."""

from collections.abc import Callable
from contextlib import closing
from email.message import EmailMessage
from typing import Any
from urllib.parse import unquote

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session

from bot.mail import mime
from bot.mail.parsing import NOBODYS
from bot.parser import Limits, ParserBeside
from models.audit import Event, EventDetail
from models.desk import Desk
from models.rules.kinds import Channel, Kind, Role
from models.rules.reading import OVER_LIMITS, Attachment, NotReadError
from models.rules.submission import Submission
from models.spool import Spool, SpoolState
from tests import bombs
from tests.services import rows
from tests.webform.staff import conftest
from tests.webform.staff.conftest import Member, make
from webform.staff import originals, wording
from webform.staff.harmless import MOST_TAGS, harmless
from webform.staff.originals import LARGEST, safe_name

PNG = b"\x89PNG\r\n\x1a\n"
HTML = """<html><head><title>t</title><style>p{background:url(https://spy.example/s)}</style></head>
<body onload=alert(1)>
<p style="position:fixed" class="x">I moved to <b>14 Quarry Hill</b></p><script>alert(2)</script>
<a href="https://evil.example/login">https://bank.example</a><a href="javascript:alert(3)">click</a>
<a href="/staff/x">ours</a><a href="data:text/html,x">page</a>
<img src="cid:logo@shop"><img src="https://spy.example/pixel.gif" alt="a dot"><img src="data:image/svg+xml,<svg>">
<iframe src="/staff/"></iframe><form action="/staff/logout"><input name="x"></form><svg onload=alert(4)></svg>
<meta http-equiv="refresh" content="0;url=https://evil.example"><base href="https://evil.example/"></body></html>"""


@pytest.fixture
def desk(desk: Desk) -> Desk:
    object.__setattr__(desk, "read_mail", mime.read)
    return desk


def mail() -> bytes:
    made = EmailMessage()
    made["From"], made["To"], made["Subject"] = rows.ADA, "support@shop.example", "my house"
    made.set_content("I moved to 14 Quarry Hill")
    made.add_alternative(HTML, subtype="html")
    made.get_payload()[1].add_related(PNG, "image", "png", cid="<logo@shop>")  # type: ignore[index, union-attr]
    made.add_attachment(b"%PDF-1.7", maintype="application", subtype="pdf", filename="Rechnung März.pdf")
    made.add_attachment(
        b"<script>alert(5)</script>", maintype="text", subtype="html", filename="../../x\u202egpj.html"
    )
    return made.as_bytes()


def spooled(desk: Desk, raw: bytes, channel: Channel = Channel.MAIL) -> Callable[[Session], Any]:
    """A request whose message is this one, as triage would have noted it."""
    files = mime.read(raw).attachments if channel is Channel.MAIL else Submission.from_bytes(raw).attachments

    def build(session: Session) -> Any:
        made = rows.request(session)
        parcel = rows.spooled(SpoolState.READ)
        parcel.raw, parcel.channel, parcel.size, parcel.ticket = desk.keys.seal(raw), channel, len(raw), made.ticket
        session.add(parcel)
        session.flush()
        message = made.ticket.messages[0]
        message.spool_id = parcel.id
        message.attachments = [{"name": file.name, "type": file.type, "size": file.size} for file in files]
        return made

    return build


def told(desk: Desk, what: str) -> list[tuple[str, dict[str, Any]]]:
    same = sa.and_(EventDetail.chain == Event.chain, EventDetail.number == Event.number)
    with desk.readers() as session:
        events = sa.select(Event.by, EventDetail.detail).join(EventDetail, same).where(Event.what == what)
        return [(by, detail) for by, detail in session.execute(events.order_by(Event.number))]


def test_a_file_is_saved_by_its_name_and_leaves_a_trace(desk: Desk, grace: Member) -> None:
    page = grace.look(make(desk, spooled(desk, mail()))).text
    assert 'href="/staff/messages/1/attachments/1" download>Rechnung März.pdf</a>' in page
    answer = grace.open("/staff/messages/1/attachments/1")
    assert answer.data == b"%PDF-1.7"
    assert answer.headers["Content-Type"] == "application/pdf"
    disposition = answer.headers["Content-Disposition"]
    assert disposition.startswith("attachment; ")
    assert disposition.isascii()
    assert unquote(disposition).endswith("filename*=UTF-8''Rechnung März.pdf")
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert answer.headers["Cache-Control"] == "no-store"
    assert answer.headers["Content-Security-Policy"].startswith("default-src 'none'")
    assert answer.headers["Content-Security-Policy"].endswith("; sandbox")
    assert told(desk, "opened attachment") == [("grace@shop.example", {"message": 1, "attachment": 1})]


def test_what_a_browser_would_run_is_a_stream_of_bytes(desk: Desk, grace: Member) -> None:
    make(desk, spooled(desk, mail()))
    answer = grace.open("/staff/messages/1/attachments/2")
    assert answer.headers["Content-Type"] == "application/octet-stream"
    assert "\u202e" not in unquote(answer.headers["Content-Disposition"])
    assert "/" not in answer.headers["Content-Disposition"]


def test_a_file_of_the_form_is_saved_too(desk: Desk, grace: Member) -> None:
    typed = Submission(
        Kind.OTHER, rows.ADA, "Ada", "see there", attachments=(Attachment("a.svg", "image/svg+xml", b"<svg>"),)
    )
    page = grace.look(make(desk, spooled(desk, typed.to_bytes(), Channel.FORM)), "questions").text
    assert "Show as it came" not in page
    answer = grace.open("/staff/messages/1/attachments/0")
    assert (answer.data, answer.headers["Content-Type"]) == (b"<svg>", "application/octet-stream")
    assert grace.open("/staff/messages/1/raw").headers["Content-Disposition"].endswith("-1.json")


@pytest.mark.parametrize(("role", "code"), [(Role.VIEWER, 403), (Role.AUDITOR, 200), (Role.AGENT, 200)], ids=str)
def test_only_who_may_read_personal_data_gets_a_file(
    desk: Desk, member: Callable[..., Member], role: Role, code: int
) -> None:
    omar = member(role, "omar")
    page = omar.look(make(desk, spooled(desk, mail()))).text
    assert ("Rechnung" in page) is (code == 200)
    for path in ("attachments/1", "raw"):
        assert omar.open(f"/staff/messages/1/{path}").status_code == code
    assert bool(told(desk, "opened attachment")) is (code == 200)


@pytest.mark.parametrize("path", ["1/attachments/9", "9/attachments/0", "1/attachments/x", "1/attachments/-1"])
def test_a_file_that_there_is_not_is_not_found(desk: Desk, grace: Member, path: str) -> None:
    make(desk, spooled(desk, mail()))
    assert grace.open(f"/staff/messages/{path}").status_code == 404
    assert told(desk, "opened attachment") == []


def test_a_forgotten_file_is_named_and_no_more(desk: Desk, grace: Member) -> None:
    number = make(desk, spooled(desk, mail()))
    with desk.sessions.begin() as session:
        session.execute(sa.update(Spool).values(raw=None))
    page = grace.look(number).text
    assert "kept no longer" in page
    assert "/attachments/" not in page
    for path in ("attachments/1", "raw"):
        assert grace.open(f"/staff/messages/1/{path}").status_code == 404
    assert "Quarry Hill" in grace.open("/staff/messages/1/body").text


@pytest.mark.parametrize(("size", "code"), [(LARGEST + 1, 413), (10, 404)], ids=["too large", "not what was noted"])
def test_what_is_not_as_it_was_noted_is_not_given_out(desk: Desk, grace: Member, size: int, code: int) -> None:
    make(desk, spooled(desk, mail()))
    with desk.sessions.begin() as session:
        session.execute(sa.update(Spool).values(size=size))
        message = session.get_one(rows.Message, 1)
        message.attachments = [{"name": "x", "type": "x", "size": 3}]
    assert grace.open("/staff/messages/1/attachments/0").status_code == code


def test_a_mail_is_shown_as_it_came_and_nothing_of_it_runs_or_loads(desk: Desk, grace: Member) -> None:
    page = grace.look(make(desk, spooled(desk, mail()))).text
    assert '<iframe sandbox loading="lazy" src="/staff/messages/1/body"' in page
    answer = grace.open("/staff/messages/1/body")
    for kept in ("<b>14 Quarry Hill</b>", "[evil.example]", 'rel="noopener noreferrer nofollow"', 'alt="a dot"'):
        assert kept in answer.text
    assert answer.text.count("data:") == 1
    assert 'src="data:image/png;base64,' in answer.text
    shown = answer.text.partition("<body")[2].lower()
    for gone in (
        "alert",
        "spy.example",
        "script",
        "<form",
        "<iframe",
        "<svg",
        "style=",
        'class="x',
        "refresh",
        "<base",
        "/staff/",
    ):
        assert gone not in shown
    policy = answer.headers["Content-Security-Policy"]
    assert policy.endswith("; sandbox")
    assert "script-src" not in policy
    assert "img-src data:;" in policy


def test_a_message_opened_again_and_again_leaves_one_row(desk: Desk, grace: Member) -> None:
    make(desk, spooled(desk, mail()))
    for _ in range(3):
        grace.open("/staff/messages/1/body")
    assert told(desk, "opened message") == [("grace@shop.example", {"message": 1})]
    assert conftest.now(desk, 1).version == 1


def test_a_viewer_reads_the_text_with_all_values_masked(desk: Desk, vera: Member) -> None:
    number = make(desk, spooled(desk, mail()))
    with desk.sessions.begin() as session:
        rows.correction(session, session.get_one(rows.Request, number))
    page = vera.open("/staff/messages/1/body").text
    for hidden in ("14 Quarry Hill", "3 Mill Lane", rows.ADA, "<b>"):
        assert hidden not in page
    assert told(desk, "opened message") == [("vera@shop.example", {"message": 1, "masked": True})]


@pytest.mark.parametrize(
    ("name", "safe"),
    [
        ("../../etc/passwd", "passwd"), ("C:\\x\\a.pdf", "a.pdf"), ("a\r\nb\x00.pdf", "ab.pdf"),
        ("x\u202egpj.exe", "xgpj.exe"), ('a"b;c.pdf', "ab;c.pdf"), ("...", "file"), ("", "file"),
        ("Rechnung März.pdf", "Rechnung März.pdf"),
    ],
)  # fmt: skip
def test_a_name_is_rid_of_paths_and_disguise(name: str, safe: str) -> None:
    assert safe_name(name) == safe


def test_what_would_keep_a_reader_busy_is_shown_as_text() -> None:
    assert harmless("<p>" * (MOST_TAGS + 1), ()) is None
    bomb = "<p>" + "".join(f"<b id={number}>" for number in range(1_000)) + "<p>x" * 10_000
    shown = harmless(bomb, ())
    assert shown is not None
    assert len(shown) < 1_000_000


@pytest.fixture
def lost(desk: Desk) -> Desk:
    def read(_raw: bytes) -> Any:
        raise NotReadError("took longer to read than the 30 s that a mail may take")

    object.__setattr__(desk, "read_mail", read)
    return desk


def test_a_mail_that_cannot_be_read_is_shown_as_the_text_that_was_read_of_it(lost: Desk, grace: Member) -> None:
    raw = mail()
    make(lost, spooled(lost, raw))
    answer = grace.open("/staff/messages/1/body")
    assert answer.status_code == 200
    assert "This mail took longer to read than the 30 s that a mail may take." in answer.text
    assert "<pre>" in answer.text
    assert answer.headers["Content-Security-Policy"].endswith("; sandbox")
    assert grace.open("/staff/messages/1/raw").data == raw


def test_a_file_of_a_mail_that_cannot_be_read_is_not_opened(lost: Desk, grace: Member) -> None:
    make(lost, spooled(lost, mail()))
    answer = grace.open("/staff/messages/1/attachments/1")
    assert answer.status_code == 503
    assert "holds all of it" in answer.text
    assert told(lost, "opened attachment") == []


def test_nobody_waits_for_ever_behind_a_mail_that_is_being_read(
    desk: Desk, grace: Member, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(originals, "TURN_WITHIN", 0.1)
    make(desk, spooled(desk, mail()))
    with originals._ONE_AT_A_TIME:
        assert "another one is being read" in grace.open("/staff/messages/1/body").text
    assert "another one is being read" not in grace.open("/staff/messages/1/body").text


def test_a_real_parser_that_hangs_gives_the_next_mail_its_turn(desk: Desk, grace: Member) -> None:
    with closing(ParserBeside(NOBODYS, limits=Limits(seconds=2.0), read=bombs.read)) as parser:
        object.__setattr__(desk, "read_mail", parser.read)
        make(desk, spooled(desk, bombs.mail(1, bombs.LOOPS).raw))
        make(desk, spooled(desk, mail()))
        assert "longer to read than the 2 s" in grace.open("/staff/messages/1/body").text
        assert "14 Quarry Hill</b>" in grace.open("/staff/messages/2/body").text


def test_what_was_not_read_of_a_mail_is_said_in_words(desk: Desk, grace: Member) -> None:
    def build(session: Session) -> Any:
        made = spooled(desk, mail())(session)
        made.ticket.messages[0].defects = ["too-many-parts", "date-missing", "too-deep"]
        return made

    page = grace.look(make(desk, build)).text
    assert "Not all of it was read: it has more than 500 parts and its parts lie in each other deeper than 50." in page
    assert "Read with doubts: date-missing." in page


def test_each_limit_has_its_words() -> None:
    assert set(wording.NOT_READ) == OVER_LIMITS


def test_the_desk_that_runs_knows_the_parser(tmp_path: Any, database_url: str, clock: Any, new_reference: Any) -> None:
    from bot.building import Edge, assemble
    from models import config as configuration
    from models.keys import write_secret
    from tests.firm import CONFIG, make_shop

    (tmp_path / "secret").write_text(write_secret("k1", bytes(range(32))))
    text = CONFIG.format(database=database_url, mailbox="", smtp_port=2525, shop=make_shop(tmp_path / "shop.sqlite3"))
    (tmp_path / "config.toml").write_text(text, "utf-8")
    (tmp_path / "secret").chmod(0o600)
    desk = assemble(configuration.load(tmp_path / "config.toml"), Edge(clock, new_reference, lambda: "t"))
    assert [file.name for file in desk.read_mail(mail()).attachments][1] == "Rechnung März.pdf"
    desk.sessions.kw["bind"].dispose()
