"""Whether the desk works, for those who watch it from outside: one word for all, reasons and figures for its own."""

import hmac
import ipaddress
import re
from collections.abc import Iterable, Iterator

from flask import Blueprint, Response, abort, jsonify, make_response, request
from sqlalchemy import text

from models.config import ConfigError
from models.rules import health as rules
from models.rules.health import SIGNS, Finding, Measure
from models.services.upkeep import health
from webform import pulse
from webform.context import the_desk
from webform.errors import DATABASE_AWAY, report

pages = Blueprint("health", __name__)

DATABASE = "The desk's own database does not answer."
# Prometheus' text format; https://prometheus.io/docs/instrumenting/exposition_formats/
METRICS_TYPE = "text/plain; version=0.0.4; charset=utf-8"
_ESCAPED = {"\\": r"\\", '"': r"\"", "\n": r"\n"}
_FORWARDED = re.compile(r"HTTP_(FORWARDED|X_FORWARDED_\w+)")


@pages.get("/healthz")
def healthz() -> tuple[Response, int]:
    """503 where the database, every worker or a mailbox has been away for too long (contract; rules/health)."""
    reasons = _reasons()
    said: dict[str, object] = {"ok": not reasons}
    if may_know():
        said["reasons"] = reasons
    return jsonify(said), 503 if reasons else 200


@pages.get("/metrics")
def metrics() -> Response:
    """To anybody else there is no such page."""
    if not may_know():
        abort(404)
    desk = the_desk()
    with desk.readers() as session:
        measured = [*health.measures(desk, session, now=desk.clock()), health.size(session)]
    response = make_response("\n".join(_exposed(measured, rules.findings(measured))) + "\n")
    response.headers["Content-Type"] = METRICS_TYPE
    return response


def may_know() -> bool:
    """Whoever asks from this very machine, or with the bearer token of the configuration."""
    return _is_local() or _bears_token()


def _reasons() -> list[str]:
    try:
        with the_desk().readers() as session:
            session.execute(text("SELECT 1"))
        return [one.says for one in pulse.findings() if rules.is_down([one])]
    except DATABASE_AWAY as error:
        report(error)
        return [DATABASE]


def _is_local() -> bool:
    """A proxy on this machine is a loopback peer too: so the name must be its own, and nothing passed on."""
    if any(_FORWARDED.fullmatch(name) for name in request.environ):
        return False
    host = request.host.rpartition(":")[0] if request.host.rpartition(":")[2].isdigit() else request.host
    return _is_loopback(request.remote_addr or "") and (host == "localhost" or _is_loopback(host.strip("[]")))


def _is_loopback(address: str) -> bool:
    try:
        return ipaddress.ip_address(address).is_loopback
    except ValueError:
        return False


def _bears_token() -> bool:
    try:
        token = (the_desk().config.web.metrics_token() or "").strip()
    except ConfigError as error:
        report(error)
        return False
    sent = request.headers.get("Authorization", "").partition("Bearer ")[2]
    return bool(token) and hmac.compare_digest(sent.strip().encode(), token.encode())


def _exposed(measured: Iterable[Measure], found: Iterable[Finding]) -> Iterator[str]:
    by_sign: dict[str, list[Measure]] = {}
    for measure in measured:
        by_sign.setdefault(measure.sign, []).append(measure)
    for name in (name for name in SIGNS if name in by_sign):
        yield from _head(name, SIGNS[name].label)
        for one in by_sign[name]:
            yield f"rightsdesk_{name}{_labels({SIGNS[name].each: one.of})} {_number(one.value)}"
    yield from _head("finding", "What is not as it should be: 1 a note, 2 wrong, 3 down")
    for finding in found:
        yield f"rightsdesk_finding{_labels({'name': finding.name})} {int(finding.level)}"
    yield from _head("ok", "What /healthz says")
    yield f"rightsdesk_ok {int(not rules.is_down(found))}"


def _head(name: str, label: str) -> list[str]:
    return [f"# HELP rightsdesk_{name} {label}", f"# TYPE rightsdesk_{name} gauge"]


def _labels(labels: dict[str, str]) -> str:
    said = ",".join(f'{name}="{_escaped(value)}"' for name, value in labels.items() if value)
    return f"{{{said}}}" if said else ""


def _escaped(value: str) -> str:
    return "".join(_ESCAPED.get(letter, letter) for letter in value)


def _number(value: float) -> str:
    """With all its digits: a size has more than six."""
    return repr(round(float(value), 3)).removesuffix(".0")
