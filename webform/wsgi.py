"""A desk goes in; out comes the web application, and the server that runs it."""

from flask import Flask
from markupsafe import Markup

from models.desk import Desk
from webform import (
    access_log,
    assets,
    csrf,
    demo,
    errors,
    forms,
    guard,
    health,
    limits,
    links,
    public,
    pulse,
    row_numbers,
    speech,
    staff,
)
from webform.context import the_desk
from webform.server import Server
from webform.sessions import RowSessions


class DeskApp(Flask):
    def log_exception(self, exc_info: errors.ExcInfo) -> None:
        """Flask would log the exception's own text, which may hold what somebody typed."""
        errors.report(exc_info[1])


def create_app(desk: Desk) -> Flask:
    app = DeskApp("webform", static_folder=None)
    app.extensions |= {"desk": desk, "catalogues": speech.read_catalogues(), "assets": assets.load()}
    app.extensions["pulse"] = pulse.Pulse()
    app.session_interface = RowSessions(desk)
    app.jinja_env.trim_blocks = app.jinja_env.lstrip_blocks = True
    row_numbers.install(app)
    csrf.install(app, desk)
    access_log.install(app)
    guard.install(app, desk)
    errors.install(app)
    app.context_processor(_said_everywhere)
    for pages in (assets.pages, health.pages, public.pages, links.pages, staff.blueprint()):
        app.register_blueprint(pages)
    if desk.demo:
        app.register_blueprint(demo.pages)
    return app


def serve(app: Flask, host: str, port: int) -> Server:
    """Bound, not yet started; its ``stop`` returns within seconds."""
    return Server(app, host=host, port=port)


def _said_everywhere() -> dict[str, object]:
    """What every template may use: texts in the reader's language, the desk's name and address, links to assets."""
    desk = the_desk().config.desk
    return {
        "t": speech.speech(),
        "languages": speech.languages(),
        "chosen": speech.chosen(),
        "desk": desk,
        "demo": the_desk().demo,
        "mail_link": Markup('<a href="mailto:{0}">{0}</a>').format(desk.address),
        "fields": forms.OFFERED,
        "asset": assets.asset_url,
        "proxy_is_unknown": limits.proxy_is_unknown,
    }
