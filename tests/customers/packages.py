"""A person of two tables and the package of them: what the tests of packages share."""

import io
import json
import zipfile
from datetime import UTC, datetime

from models.customers import Column, Row, TableExtract
from models.customers.package import Made, build
from models.rules.kinds import Field

AT = datetime(2031, 1, 31, 9, 0, 7, tzinfo=UTC)

PERSON = TableExtract(
    store="shop",
    table="customers",
    columns=(
        Column("full_name", field=Field.NAME, purpose="your contract", retention="10 years", source="you"),
        Column("email", field=Field.EMAIL, purpose="your contract", retention="10 years", source="you"),
        Column("newsletter", consent="marketing", off="false", legal_basis="Art. 6(1)(a)"),
        Column("tier", field=Field.OTHER),
        Column("notes"),
    ),
    rows=(
        Row("shop", "customers", "1", {"full_name": "Zoë Ångström", "email": "zoe@example.org", "newsletter": "true",
                                       "tier": "gold", "notes": None}),
    ),
)  # fmt: skip

ORDERS = TableExtract(
    store="shop",
    table="orders",
    columns=(Column("placed_at", label="Ordered on"), Column("total", field=Field.OTHER)),
    rows=tuple(Row("shop", "orders", str(n), {"placed_at": f"2030-0{n}-01", "total": f"{n}.50"}) for n in (1, 2, 3)),
)


def package(*extracts: TableExtract, language: str = "en", made_at: datetime = AT, **told: object) -> Made:
    usual = {
        "desk": "Example Shop",
        "controller": "Example Shop GmbH, Musterweg 1",
        "authority": "Example Authority",
        "contact": "dpo@example.com",
        "recipients": ("parcel carrier",),
        "timezone": "Europe/Berlin",
        "reference": "RD-7F3K2QXM",
        "address": "zoe@example.org",
    }
    return build(extracts, language=language, made_at=made_at, **usual | told)


def members(made: Made) -> dict[str, bytes]:
    with zipfile.ZipFile(io.BytesIO(made.content)) as opened:
        assert opened.testzip() is None
        return {name: opened.read(name) for name in opened.namelist()}


def page(made: Made) -> str:
    return members(made)["data.html"].decode("utf-8")


def data(made: Made) -> dict:
    return json.loads(members(made)["data.json"])
