"""What every page says in its headers, what it answers to the wrong host, size or method, and what the log keeps."""

import logging
import re
import tomllib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from flask.testing import FlaskClient

from models.base import make_engine, make_readers, make_sessions
from models.desk import Desk
from models.rules.kinds import Field, Kind
from tests.apps import app_of
from tests.webform.conftest import MakeDesk, browser_of
from webform import errors
from webform.access_log import shown_path

CSP = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self'; "
    "connect-src 'self'; "
    "form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
ADA = {"kind": "access", "email": "ada@example.net", "name": "Ada Quint"}


@pytest.mark.parametrize("path", ["/", "/support/", "/proof/x.y", "/staff/login", "/nowhere", "/healthz"])
def test_every_answer_has_the_headers_of_its_class(client: FlaskClient, path: str) -> None:
    headers = client.get(path).headers
    assert headers["Content-Security-Policy"] == CSP
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["Cross-Origin-Opener-Policy"] == "same-origin"
    assert headers["Permissions-Policy"] == "camera=(), microphone=(), geolocation=()"
    assert headers["Strict-Transport-Security"].startswith("max-age=")
    assert headers["Referrer-Policy"] == ("no-referrer" if path.startswith("/proof") else "same-origin")


@pytest.mark.parametrize("purpose", ["proof", "download", "status", "unsubscribe", "resubscribe"])
@pytest.mark.parametrize("method", ["get", "post", "head"])
def test_a_page_with_a_token_is_neither_kept_nor_found_nor_passed_on(
    client: FlaskClient, purpose: str, method: str
) -> None:
    data = {"data": {"action": "withdraw"}} if method == "post" else {}
    answer = getattr(client, method)(f"/{purpose}/abc.def", **data)
    assert answer.status_code == 404
    assert answer.headers["Cache-Control"] == "no-store"
    assert answer.headers["X-Robots-Tag"] == "noindex"
    assert answer.headers["Referrer-Policy"] == "no-referrer"
    assert "Set-Cookie" not in answer.headers


def test_plain_http_is_told_nothing_of_https(make_desk: MakeDesk) -> None:
    client = browser_of(make_desk(base_url="http://127.0.0.1:8000"))
    assert "Strict-Transport-Security" not in client.get("/").headers


@pytest.mark.parametrize("path", ["/", "/support/", "/support/thanks/RD-7F3K2QXM", "/support/nowhere"])
def test_the_form_may_be_embedded_where_the_configuration_says(make_desk: MakeDesk, path: str) -> None:
    client = browser_of(make_desk(web={"frame_ancestors": ("https://shop.example", "https://www.shop.example")}))
    policy = client.get(path).headers["Content-Security-Policy"]
    assert policy.endswith("frame-ancestors https://shop.example https://www.shop.example")
    assert client.get("/staff/login").headers["Content-Security-Policy"] == CSP
    assert client.get("/proof/x.y").headers["Content-Security-Policy"] == CSP


HOSTS = {
    "its own": ("https://desk.shop.example", False, "desk.shop.example", 200),
    "its own, with the port": ("https://desk.shop.example", False, "desk.shop.example:443", 200),
    "another": ("https://desk.shop.example", False, "evil.example", 400),
    "another port": ("https://desk.shop.example", False, "desk.shop.example:8443", 400),
    "none": ("https://desk.shop.example", False, "", 400),
    "odd": ("https://desk.shop.example", False, "desk.shop.example@evil.example", 400),
    "loopback by number": ("http://127.0.0.1:8000", False, "127.0.0.1:8000", 200),
    "loopback by name": ("http://127.0.0.1:8000", False, "localhost:8000", 400),
    "the demo by name": ("http://127.0.0.1:8000", True, "localhost:8000", 200),
    "the demo by another": ("http://127.0.0.1:8000", True, "evil.example:8000", 400),
}


@pytest.mark.parametrize(("base_url", "demo", "host", "code"), HOSTS.values(), ids=HOSTS)
def test_only_its_own_name_is_answered(make_desk: MakeDesk, base_url: str, demo: bool, host: str, code: int) -> None:
    app = app_of(make_desk(base_url=base_url, demo=demo))
    seen = _raw(app, host=host, port="8000")
    assert seen["status"] == code
    assert "evil" not in seen["body"]


@pytest.mark.parametrize("host", ["10.0.0.1", "evil.example", ""])
def test_health_is_answered_under_every_name(desk: Desk, host: str) -> None:
    seen = _raw(app_of(desk), host=host, path="/healthz")
    assert (seen["status"], seen["body"].strip()) == (200, '{"ok":true}')


def test_a_database_that_is_away_is_503_and_not_a_traceback(make_desk: MakeDesk, tmp_path: Path, caplog: Any) -> None:
    from dataclasses import replace

    away = make_engine(f"sqlite:///{tmp_path / 'no' / 'such' / 'folder.sqlite3'}")
    client = browser_of(replace(make_desk(), sessions=make_sessions(away), readers=make_readers(away)))
    health, form = client.get("/healthz"), client.post("/support/", data=ADA)
    client.set_cookie("__Host-rd", "x", domain="desk.shop.example")
    staff = client.get("/staff/login")
    assert (health.status_code, health.json) == (503, {"ok": False})
    for answer in (form, staff):
        assert answer.status_code == 503
        assert answer.headers["Retry-After"]
        assert "ada@" not in answer.text
    away.dispose()


def test_what_fails_is_named_in_the_log_and_told_to_nobody(desk: Desk, caplog: pytest.LogCaptureFixture) -> None:
    from dataclasses import replace

    def broken() -> str:
        raise ValueError("ada@example.net typed this")

    client = browser_of(replace(desk, new_reference=broken))
    answer = client.post("/support/", data=ADA)
    assert answer.status_code == 500
    assert "ada@example.net" not in answer.text
    assert "ValueError" not in answer.text
    number = re.search(r'class="num">([0-9A-F]{10})<', answer.text)
    assert number
    assert number[1] in caplog.text
    assert "ValueError" in caplog.text
    assert "ada@example.net" not in caplog.text


LIMITS: dict[str, tuple[dict[str, Any], int]] = {
    "a body above 6 MB": (
        {"data": b"x" * (6 * 1024 * 1024 + 1), "content_type": "application/x-www-form-urlencoded"},
        413,
    ),
    "201 fields": ({"data": {"field": ["x"] * 201}}, 413),
    "200 fields": ({"data": {"field": ["x"] * 200}}, 422),
}


@pytest.mark.parametrize(("sent", "code"), LIMITS.values(), ids=LIMITS)
def test_a_body_has_its_limits(client: FlaskClient, sent: dict[str, Any], code: int) -> None:
    assert client.post("/support/", **sent).status_code == code


@pytest.mark.parametrize(
    ("method", "path", "code"),
    [("get", "/nowhere/ada@example.net", 404), ("put", "/support/", 405), ("get", "/static/x/rightsdesk.css", 404)],
)
def test_an_error_repeats_nothing_of_the_input(client: FlaskClient, method: str, path: str, code: int) -> None:
    answer = getattr(client, method)(path + "?q=ada@example.net")
    assert answer.status_code == code
    assert "ada@" not in answer.text
    assert "support@shop.example" in answer.text


def test_the_log_keeps_no_token_and_no_path_of_strangers(client: FlaskClient, caplog: Any) -> None:
    caplog.set_level(logging.INFO)
    for path in ("/proof/secret.token", "/staff/link/secret.token", "/nowhere/secret", "/support/?q=secret"):
        client.get(path)
    assert "secret" not in caplog.text
    assert "GET /proof/… 404" in caplog.text
    assert "GET … 404" in caplog.text


def test_the_log_names_a_request_by_its_number(desk: Desk) -> None:
    app = app_of(desk)
    app.add_url_rule("/staff/requests/<int:request_id>/<word>", "x", lambda request_id, word: "")
    with app.test_request_context("/staff/requests/17/ada"):
        assert shown_path() == "/staff/requests/17/…"


def test_assets_are_kept_for_a_year_under_a_name_that_changes(client: FlaskClient) -> None:
    page = client.get("/").text
    urls = re.findall(r'(?:href|src)="(/static/[^"]+)"', page)
    assert {url.rpartition("/")[2] for url in urls} == {"bootstrap.min.css", "rightsdesk.css", "form.js"}
    for url in urls:
        plain, packed = client.get(url), client.get(url, headers={"Accept-Encoding": "gzip"})
        assert plain.status_code == 200
        assert plain.headers["Cache-Control"] == "public, max-age=31536000, immutable"
        assert packed.headers["Content-Encoding"] == "gzip"
        assert len(packed.data) < len(plain.data)


def test_no_page_carries_an_inline_script_or_style_or_a_foreign_resource(client: FlaskClient, repo: Path) -> None:
    for template in (repo / "webform" / "templates").rglob("*.html"):
        text = template.read_text("utf-8")
        assert not re.search(r"<style|\sstyle=|\son\w+=|<script(?![^>]*src=)|javascript:", text), template.name
        assert not re.search(r"(?:src|href|action)=[\"']?(?:https?:)?//", text), template.name
        assert "|safe" not in text.replace(" ", ""), template.name


# Proxies


def test_a_trusted_proxy_says_who_asks_and_by_which_name(make_desk: MakeDesk) -> None:
    desk = make_desk(web={"trusted_proxies": 1}, limits={"form_posts_per_hour": 1})
    client = browser_of(desk, peer="10.0.0.1")
    codes = []
    for peer in ("203.0.113.7", "203.0.113.7", "198.51.100.1"):
        headers = {"X-Forwarded-For": peer, "X-Forwarded-Proto": "https", "X-Forwarded-Host": "desk.shop.example"}
        answer = client.post("/support/", data={**ADA, "name": peer}, headers=headers, base_url="http://10.0.0.9:8000")
        codes.append(answer.status_code)
    assert codes == [303, 429, 303]


UNTRUSTED = {
    "a stranger's header is ignored": ("203.0.113.7", [303, 429]),
    "a proxy nobody configured": ("10.0.0.1", [303, 303]),
    "a proxy on this machine": ("127.0.0.1", [303, 303]),
    "a proxy on this machine, as IPv6 shows it": ("::ffff:127.0.0.1", [303, 303]),
}


@pytest.mark.parametrize(("peer", "codes"), UNTRUSTED.values(), ids=UNTRUSTED)
def test_an_unknown_proxy_shuts_nobody_out(make_desk: MakeDesk, peer: str, codes: list[int], caplog: Any) -> None:
    client = browser_of(make_desk(limits={"form_posts_per_hour": 1}), peer=peer)
    sent = [
        client.post(
            "/support/", data={**ADA, "name": who}, headers={"X-Forwarded-For": f"198.51.100.{who}"}
        ).status_code
        for who in ("1", "2")
    ]
    assert sent == codes
    assert ("trusted_proxies" in caplog.text) is (codes == [303, 303])


# Languages


def test_no_language_lacks_a_text_or_a_value(repo: Path) -> None:
    from webform.speech import read_catalogues

    catalogues = read_catalogues()
    assert set(catalogues) >= {"en", "de", "fr", "it"}
    for language, texts in catalogues.items():
        assert texts.keys() == catalogues["en"].keys(), language
        for key, text in texts.items():
            assert text.strip(), (language, key)
            assert _values(text) == _values(catalogues["en"][key]), (language, key)


def test_every_text_that_a_page_asks_for_is_there(repo: Path) -> None:
    from webform.speech import read_catalogues

    known = read_catalogues()["en"]
    sources = [*(repo / "webform" / "templates").rglob("*.html"), repo / "webform" / "forms.py"]
    for source in sources:
        text = source.read_text("utf-8")
        asked = re.findall(r'\bt\("([a-z_.]+)"', text) + re.findall(r'"(wrong\.[a-z_]+)"', text)
        assert not {key for key in asked if not key.endswith(".") and key not in known}, source.name
    named = [("kind", Kind), ("kind_hint", Kind), ("field", Field), ("error", errors.SPOKEN)]
    assert not {f"{group}.{name}" for group, names in named for name in names} - known.keys()
    assert not {f"error.{code}_lead" for code in errors.SPOKEN} - known.keys()


def test_a_catalogue_of_the_wheel_is_a_plain_file(repo: Path) -> None:
    for file in (repo / "webform" / "translations").iterdir():
        assert tomllib.loads(file.read_text("utf-8"))["language"]


def _values(text: str) -> set[str]:
    return set(re.findall(r"\{(\w+)\}", text))


def _raw(app: Callable[..., Any], *, host: str, path: str = "/", port: str = "443") -> dict[str, Any]:
    """A request as a server hands it over, with whatever Host a client sent."""
    import io

    seen: dict[str, Any] = {}
    environ = {
        "REQUEST_METHOD": "GET",
        "PATH_INFO": path,
        "SCRIPT_NAME": "",
        "QUERY_STRING": "",
        "SERVER_NAME": "127.0.0.1",
        "SERVER_PORT": port,
        "SERVER_PROTOCOL": "HTTP/1.1",
        "REMOTE_ADDR": "203.0.113.7",
        "HTTP_HOST": host,
        "wsgi.url_scheme": "http",
        "wsgi.input": io.BytesIO(),
        "wsgi.errors": io.StringIO(),
        "wsgi.version": (1, 0),
        "wsgi.multithread": True,
        "wsgi.multiprocess": False,
        "wsgi.run_once": False,
    }

    def start(status: str, headers: list[tuple[str, str]], exc_info: Any = None) -> None:
        seen.update(status=int(status[:3]), headers=dict(headers))

    answer = app(environ, start)
    seen["body"] = b"".join(answer).decode()
    answer.close()
    return seen
