"""What the mapping reached of one person goes in; out comes the ZIP that answers an access request.

Nothing is read but the arguments and the words and styles beside this file, so the same input makes the same bytes.
"""

import hashlib
import io
import json
import zipfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from models.customers import Column, TableExtract
from models.customers.cover import Cover
from models.customers.words import Words, words_for

DATA, PAGE, MANIFEST = "data.json", "data.html", "manifest.json"
_OWNER_ONLY = 0o100600 << 16
_UNIX = 3


@dataclass(frozen=True)
class Made:
    content: bytes
    tables: int
    rows: int


def build(
    extracts: Sequence[TableExtract],
    *,
    language: str,
    desk: str,
    controller: str,
    authority: str,
    contact: str | None,
    recipients: Sequence[str],
    reference: str,
    address: str,
    made_at: datetime,
    timezone: str,
) -> Made:
    """The package; in English where the desk has no words in this language."""
    from models.customers.page import render  # Jinja is loaded by the first package, not by every command

    cover = Cover(desk, controller, authority, contact, tuple(recipients), reference, address, made_at, timezone)
    words = words_for(language)
    files = {DATA: _as_bytes(_data(extracts, cover, words)), PAGE: render(extracts, cover, words)}
    files[MANIFEST] = _as_bytes(_manifest(files, cover))
    return Made(_zipped(files, made_at), len(extracts), sum(len(extract.rows) for extract in extracts))


def _data(extracts: Sequence[TableExtract], cover: Cover, words: Words) -> dict[str, object]:
    return {
        "reference": cover.reference,
        "address": cover.address,
        "made_at": cover.made_at.isoformat(),
        "language": words.language,
        "desk": cover.desk,
        "controller": cover.controller,
        "contact": cover.contact,
        "authority": cover.authority,
        "recipients": list(cover.recipients),
        "tables": [_table(extract, words) for extract in extracts],
    }


def _table(extract: TableExtract, words: Words) -> dict[str, object]:
    names = [column.name for column in extract.columns]
    return {
        "store": extract.store,
        "table": extract.table,
        "columns": [_column(column, words) for column in extract.columns],
        "rows": [{name: row.values.get(name) for name in names} for row in extract.rows],
    }


def _column(column: Column, words: Words) -> dict[str, object]:
    return {
        "name": column.name,
        "field": column.field,
        "consent": column.consent,
        "label": words.label(column),
        "purpose": column.purpose,
        "legal_basis": column.legal_basis,
        "retention": column.retention,
        "source": column.source,
    }


def _manifest(files: Mapping[str, bytes], cover: Cover) -> dict[str, object]:
    return {
        "reference": cover.reference,
        "made_at": cover.made_at.isoformat(),
        "files": [
            {"name": name, "size": len(content), "sha256": hashlib.sha256(content).hexdigest()}
            for name, content in files.items()
        ],
    }


def _as_bytes(document: Mapping[str, object]) -> bytes:
    """JSON in UTF-8; a lone surrogate, which UTF-8 cannot hold, stands as JSON's own escape for it."""
    return (json.dumps(document, ensure_ascii=False, indent=2) + "\n").encode("utf-8", "backslashreplace")


def _zipped(files: Mapping[str, bytes], made_at: datetime) -> bytes:
    held = io.BytesIO()
    with zipfile.ZipFile(held, "w") as package:
        for name, content in files.items():
            package.writestr(_member(name, made_at), content)
    return held.getvalue()


def _member(name: str, made_at: datetime) -> zipfile.ZipInfo:
    """An entry that says nothing of the machine it was made on; its time is in UTC."""
    member = zipfile.ZipInfo(name, made_at.astimezone(UTC).timetuple()[:6])
    member.compress_type = zipfile.ZIP_DEFLATED
    member.create_system = _UNIX
    member.external_attr = _OWNER_ONLY
    return member
