"""A message that the desk could not read goes in; out comes the form by hand, filled in as far as it can be read."""

from collections.abc import Callable

from models.rules.reading import Reading
from models.rules.submission import MAX_MESSAGE, Submission
from models.services.arrival.parcels import Opened
from models.services.pages.shown import without_links
from webform.forms import MAX_NAME, Typed, TypedLine

HEAD_READ = 64_000
"""Octets of a header block. The body is what may have been too much for the reader: here nobody takes it apart."""

ReadMail = Callable[[bytes], Reading]


def typed_from(found: Opened, read_mail: ReadMail) -> Typed:
    """Nothing of it is certain: staff look, and the law's proof of identity is asked for as always."""
    try:
        if found.raw is None:
            return Typed()
        return _from_head(found.raw, read_mail) if found.parcel.channel.is_mail else _from_form(found.raw)
    except Exception:  # whatever is wrong with it, it is in quarantine for that
        return Typed()


def _from_head(raw: bytes, read_mail: ReadMail) -> Typed:
    head = raw[:HEAD_READ].replace(b"\r\n", b"\n").partition(b"\n\n")[0]
    reading = read_mail(head + b"\n\n")
    return Typed(email=reading.sender, name=reading.sender_name[:MAX_NAME], message=without_links(reading.subject))


def _from_form(raw: bytes) -> Typed:
    typed = Submission.from_bytes(raw)
    lines = tuple(TypedLine(line.field, line.old, line.new) for line in typed.lines)
    return Typed(typed.kind, typed.email, typed.name[:MAX_NAME], typed.message[:MAX_MESSAGE], lines)
