"""Whether the desk works, in one word for those who watch it from outside."""

from flask import Blueprint, Response, jsonify
from sqlalchemy import text

from webform.context import the_desk
from webform.errors import DATABASE_AWAY, report

pages = Blueprint("health", __name__)


@pages.get("/healthz")
def healthz() -> tuple[Response, int]:
    well = _database_answers()
    return jsonify(ok=well), 200 if well else 503


def _database_answers() -> bool:
    try:
        with the_desk().readers() as session:
            session.execute(text("SELECT 1"))
    except DATABASE_AWAY as error:
        report(error)
        return False
    return True
