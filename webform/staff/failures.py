"""A status goes in; out comes the page that tells staff what happened, in their own frame, by no query at all."""

from collections.abc import Mapping

from flask import render_template

from webform.staff import sidebar, taste
from webform.staff.members import the_member

WORDS: Mapping[int, tuple[str, str]] = {
    400: ("This could not be understood", "Go back, load the page again and try once more. Nothing was done."),
    403: ("Your role may not do this", "Nothing was done. Whoever looks after the accounts can change your role."),
    404: ("There is no such page", "The request or message may be forgotten by now, or the address lacks a part."),
    405: ("This page cannot be used that way", "Go back and use the buttons of the page."),
    413: ("This is too large", "A form may have 6 MB."),
    422: ("Something in it is not right", "Go back and look at what was sent."),
    429: ("That was a little too fast", "Wait a minute and try again."),
    500: ("Something went wrong here", "Look at the request again before you repeat anything: it may be half way."),
    503: (
        "The desk cannot do this just now",
        "Its database does not answer. Nothing was done; try again in a minute.",
    ),
}


def page(code: int, number: str) -> str:
    title, lead = WORDS[code]
    return render_template(
        "staff/error.html", title=title, lead=lead, number=number, sidebar=sidebar.groups({}, current=""),
        member=the_member, theme=taste.theme, keys=taste.keys, troubles=tuple,
    )  # fmt: skip
