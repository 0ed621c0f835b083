"""What a customer typed into the form, or staff took down by hand, and the bytes it is spooled as."""

import json
from dataclasses import asdict, dataclass
from datetime import datetime

from models.rules.kinds import Action, Field, Kind
from models.rules.reading import Attachment, Found, Place, Reading

MAX_MESSAGE = 20_000
MAX_VALUE = 500
MAX_LINES = 10


@dataclass(frozen=True)
class Line:
    """One correction as typed. A blank ``new`` with an ``old``: take it off."""

    field: Field
    old: str
    new: str

    @property
    def action(self) -> Action:
        return Action.SET if self.new else Action.REMOVE


@dataclass(frozen=True)
class Submission:
    """A filled-in form. ``kind`` is certain, but ``other``, which is read like a mail. ``once`` marks one click."""

    kind: Kind
    email: str
    name: str
    message: str
    lines: tuple[Line, ...] = ()
    attachments: tuple[Attachment, ...] = ()
    language: str = ""
    once: str = ""

    def to_bytes(self) -> bytes:
        """The raw bytes of the spool: JSON, then nothing; attachments in hexadecimal."""
        typed = asdict(self) | {
            "attachments": [{"name": a.name, "type": a.type, "content": a.content.hex()} for a in self.attachments]
        }
        return json.dumps(typed, ensure_ascii=False, sort_keys=True).encode()

    @classmethod
    def from_bytes(cls, raw: bytes) -> "Submission":
        typed = json.loads(raw)
        lines = tuple(Line(Field(line["field"]), line["old"], line["new"]) for line in typed.pop("lines"))
        files = tuple(Attachment(a["name"], a["type"], bytes.fromhex(a["content"])) for a in typed.pop("attachments"))
        return cls(**typed | {"kind": Kind(typed["kind"]), "lines": lines, "attachments": files})

    def reading(self, *, reference: str, received_at: datetime) -> Reading:
        """The submission as a message: what was typed, then a line a correction."""
        text = self._text()
        return Reading(
            sender=self.email,
            sender_name=self.name,
            subject="",
            date=received_at,
            message_id=f"form-{reference}@rightsdesk.invalid",
            text=text,
            new=((0, len(text)),),
            attachments=self.attachments,
        )

    def found(self) -> tuple[Found, ...]:
        """The typed lines as corrections, each pointing at its words in the text of the message."""
        text, at, found = self._text(), 0, []
        for line in self.lines:
            words = line.new or line.old
            # Each line of the text is "field: old → new"; look for it from where the last one ended.
            start = text.index(_sentence(line), at)
            at = start + len(_sentence(line))
            begin = at - len(words) if line.new else start + len(line.field) + 2
            found.append(_found(line, begin, begin + len(words)))
        return tuple(found)

    def _text(self) -> str:
        sentences = "\n".join(_sentence(line) for line in self.lines)
        return "\n\n".join(part for part in (sentences, self.message) if part)


def _sentence(line: Line) -> str:
    return f"{line.field}: {line.old} → {line.new}" if line.new else f"{line.field}: {line.old} →"


def _found(line: Line, start: int, end: int) -> Found:
    return Found(line.action, line.field, line.old or None, line.new or None, None, Place.TEXT, start, end)
