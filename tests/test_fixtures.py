"""What the other tests stand on: each fixture gives what it promises."""

import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
import sqlalchemy as sa
from imapclient import IMAPClient

from models.base import Base
from models.mailbox import Mailbox
from tests.conftest import ON_POSTGRES
from tests.desk_database import Engines


def test_the_clock_stands_still_until_it_is_moved(clock):
    then = clock()
    assert clock() == then
    clock.pass_(minutes=2)
    assert (clock() - then).total_seconds() == 120
    assert then.utcoffset().total_seconds() == 0


def test_references_come_in_order_and_look_like_ours(new_reference):
    assert [new_reference(), new_reference()] == ["RD-32222222", "RD-42222222"]


@pytest.mark.parametrize("turn", ["one test", "and the next"])
def test_each_test_has_the_desk_to_itself(sessions, turn):
    rows = sa.select(sa.func.count()).select_from(Mailbox)
    with sessions.begin() as session:
        assert session.scalar(rows) == 0
        session.add(Mailbox(name=turn, folder="INBOX"))
    with sessions() as session:
        assert session.scalar(rows) == 1


def test_the_desk_has_all_tables_and_the_readers_see_them(engine, readers):
    assert set(sa.inspect(engine).get_table_names()) == {*Base.metadata.tables, "alembic_version"}
    with readers() as session:
        assert session.scalar(sa.select(sa.func.count()).select_from(Mailbox)) == 0


def test_an_engine_serves_the_next_test_unless_a_connection_of_it_is_still_out(database_url):
    engines = Engines()
    first = engines.make(database_url)
    engines.end()
    assert engines.make(database_url) is first
    held = first.connect()
    engines.end()
    assert engines.make(database_url) is not first
    held.invalidate()
    engines.end()


def test_what_uses_the_desk_runs_on_postgresql_too(request, database_url):
    assert request.node.get_closest_marker("desk_database")
    assert database_url.startswith("postgresql" if ON_POSTGRES else "sqlite")


def test_what_does_not_use_the_desk_runs_once(request):
    assert request.node.get_closest_marker("desk_database") is None


@pytest.mark.parametrize("turn", ["one test", "and the next"])
def test_each_test_has_its_own_empty_mailbox(mailbox, turn):
    with IMAPClient(mailbox.host, mailbox.port, ssl=False) as client:
        client.login(mailbox.user, mailbox.password)
        assert client.select_folder("INBOX")[b"EXISTS"] == 0
        uid = mailbox.put(b"Subject: Moved\r\n\r\nI moved.\r\n")
        client.noop()
        assert client.search() == [uid]


class Page(BaseHTTPRequestHandler):
    def do_GET(self):
        body = b"<!doctype html><title>The desk</title><a href='http://shop.example/'>abroad</a>"
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *args):
        """Quiet."""


@pytest.fixture
def page():
    # A browser opens connections ahead that it sends nothing on; one thread would wait for those.
    with ThreadingHTTPServer(("127.0.0.1", 0), Page) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}/"
        server.shutdown()
        thread.join()


def test_a_browser_shows_a_page_of_ours(chromium, page):
    chromium.get(page)
    assert chromium.title == "The desk"
