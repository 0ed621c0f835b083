"""A provider of tokens on loopback: gives them out, ends them, takes them back, and tells mail servers of them."""

import json
import secrets
import ssl
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Any, Self
from urllib.parse import parse_qs

CLIENT_ID, CLIENT_SECRET = "desk-program", "s3cr3t-of-the-program"

Form = dict[str, str]
Answer = tuple[int, bytes]


@dataclass
class TokenServer:
    """``user``: whose mail its tokens open. ``rotates``: each renewal gives a new refresh token, and the old is dead.

    ``asked`` are the forms that it got; ``plan`` says what becomes of the next ones instead of a token.
    """

    user: str = ""
    rotates: bool = False
    lifetime: Any = 3600
    length: int = 40
    context: ssl.SSLContext | None = None
    asked: list[Form] = field(default_factory=list)
    plan: list[Callable[[], Answer]] = field(default_factory=list)
    refresh: set[str] = field(default_factory=set)
    access: dict[str, str] = field(default_factory=dict)
    device_answers: list[str] = field(default_factory=list)
    paths: list[str] = field(default_factory=list)

    def written(self) -> str:
        """A refresh token as a person gets it at log-in."""
        made = self._made("refresh")
        self.refresh.add(made)
        return made

    def end_access(self) -> None:
        """Every access token is dead, as after its time."""
        self.access.clear()

    def revoke(self) -> None:
        """The account took back all that it allowed."""
        self.end_access()
        self.refresh.clear()

    def takes(self, user: str, token: str) -> bool:
        return self.access.get(token) == user

    def refuses(self, code: str, status: int = 400, times: int = 1) -> None:
        self.answers(json.dumps({"error": code, "error_description": "for ada@example.net"}).encode(), status, times)

    def answers(self, body: bytes, status: int = 200, times: int = 1) -> None:
        self.plan.extend([lambda: (status, body)] * times)

    def hangs(self, seconds: float) -> None:
        def wait() -> Answer:
            time.sleep(seconds)
            return 200, b"{}"

        self.plan.append(wait)

    @property
    def url(self) -> str:
        scheme = "http" if self.context is None else "https"
        return f"{scheme}://127.0.0.1:{self._server.server_port}"

    @property
    def token_url(self) -> str:
        return f"{self.url}/token"

    def answer(self, path: str, form: Form) -> Answer:
        match path:
            case "/introspect":
                user = self.access.get(form["token"])
                return _json({"active": user is not None} | ({"username": user} if user else {}))
            case "/device":
                self.asked.append(form)
                return self.plan.pop(0)() if self.plan else _json(self._device())
            case _:
                self.asked.append(form)
                return self.plan.pop(0)() if self.plan else self._token(form)

    def _token(self, form: Form) -> Answer:
        if form["client_id"] != CLIENT_ID or form.get("client_secret", CLIENT_SECRET) != CLIENT_SECRET:
            return _refusal("invalid_client")
        match form["grant_type"]:
            case "client_credentials":
                return _json(self._granted()) if "client_secret" in form else _refusal("invalid_client")
            case "refresh_token":
                return self._renewed(form["refresh_token"])
            case "urn:ietf:params:oauth:grant-type:device_code":
                if self.device_answers:
                    return _refusal(self.device_answers.pop(0))
                return _json(self._granted() | {"refresh_token": self.written()})
        return _refusal("unsupported_grant_type")

    def _renewed(self, refresh: str) -> Answer:
        if refresh not in self.refresh:
            return _refusal("invalid_grant")
        granted = self._granted()
        if self.rotates:
            self.refresh.remove(refresh)
            granted["refresh_token"] = self.written()
        return _json(granted)

    def _granted(self) -> dict[str, Any]:
        token = self._made("access")
        self.access[token] = self.user
        granted = {"access_token": token, "token_type": "Bearer", "expires_in": self.lifetime}
        return {name: value for name, value in granted.items() if value is not None}

    def _device(self) -> dict[str, Any]:
        return {
            "device_code": "device-1", "user_code": "WDJB-MJHT", "verification_uri": f"{self.url}/activate",
            "expires_in": 60, "interval": 0,
        }  # fmt: skip

    def _made(self, kind: str) -> str:
        return f"{kind}-{secrets.token_urlsafe(self.length)}"

    def __enter__(self) -> Self:
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(self))
        if self.context is not None:
            self._server.socket = self.context.wrap_socket(self._server.socket, server_side=True)
        threading.Thread(target=self._server.serve_forever, args=(0.01,), daemon=True).start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.go_down()

    def go_down(self) -> None:
        self._server.shutdown()
        self._server.server_close()


def _json(said: dict[str, Any]) -> Answer:
    return 200, json.dumps(said).encode()


def _refusal(code: str) -> Answer:
    return 400, json.dumps({"error": code}).encode()


def _handler(server: TokenServer) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            server.paths.append(self.path)
            body = self.rfile.read(int(self.headers.get("Content-Length", 0))).decode()
            form = {name: values[0] for name, values in parse_qs(body, keep_blank_values=True).items()}
            status, answer = server.answer(self.path, form)
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            if 300 <= status < 400:
                self.send_header("Location", f"{server.url}/elsewhere")
            self.end_headers()
            self.wfile.write(answer)

        do_GET = do_POST  # noqa: N815 - the name is the standard library's

        def log_message(self, *_said: Any) -> None:
            """What is asked here is secret."""

    return Handler
