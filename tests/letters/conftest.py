"""A desk's full set of facts for every letter, with a stranger's words where a stranger might put them."""

from datetime import date

import pytest

Facts = dict[str, object]

PURPOSES = ("proof", "status", "resubscribe", "unsubscribe", "undo", "download", "form")


@pytest.fixture
def facts() -> Facts:
    return {
        "desk": "Example Shop",
        "controller": "Example Shop GmbH, Musterweg 1, 10115 Musterstadt",
        "contact": "dpo@shop.example",
        "authority": "Datenschutzaufsicht, Amtsweg 2, 10115 Musterstadt",
        "reference": "RD-7F3K2QXM",
        "name": "Ada Quint",
        "subject": "Umzug im Herbst",
        "received_on": date(2026, 11, 25),
        "limit": "25",
        "until": date(2026, 12, 8),
        "links": {purpose: f"https://desk.example/{purpose}/~{n}~" for n, purpose in enumerate(PURPOSES, 12)},
        "kinds": ["access", "rectification"],
        "changes": [
            {"label": "Straße", "before": "Alte Gasse 3", "after": "Neue Gasse 5", "elsewhere": False},
            {"label": "Telefon", "before": "+49 30 1234517", "after": None, "elsewhere": True, "masked": True},
        ],
        "declined": [{"label": "Land", "value": "Atlantis", "reason": "Dieses Land kennt die Post nicht."}],
        "recipients": ["Paketdienst", "Zahlungsdienst"],
        "reason": "Die Rechnung muss so bleiben.\n\nDas Steuerrecht will es.",
        "question": "Welche Straße meinen Sie?",
        "answer": "Erster Absatz.\n\nZweiter Absatz\nin zwei Zeilen.",
        "notice": {
            "purposes": ["Bestellungen", "Rechnungen"],
            "recipients": ["Paketdienst"],
            "retention": "zehn Jahre",
            "rights": None,
            "complaint": "Datenschutzaufsicht",
            "source": "von Ihnen",
        },
    }
