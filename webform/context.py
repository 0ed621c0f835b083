"""What every view stands on: the desk that this app was made for."""

from typing import cast

from flask import current_app

from models.desk import Desk


def the_desk() -> Desk:
    return cast(Desk, current_app.extensions["desk"])
