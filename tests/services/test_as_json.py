"""What the commands print as JSON: exactly the shapes of the contract, and no link that is a right."""

from typing import Any

import pytest
from sqlalchemy.orm import Session, sessionmaker

from models.mailbox import Mailbox
from models.outbox import LetterState
from models.rules.kinds import Kind
from models.rules.lifecycle import Outcome, State
from models.services import steps
from models.services.pages import as_json
from models.spool import SpoolState
from tests.services import rows
from tests.services.rows import NOW

Sessions = sessionmaker[Session]


def test_the_queue_as_json_has_the_shape_of_the_contract(sessions: Sessions) -> None:
    with sessions.begin() as session:
        made = rows.request(session, due=None, linked_to="RD-22222222", confidence=0.5)
        line = rows.correction(session, made)
        rows.request(session, state=State.CLOSED, outcome=Outcome.REFUSED)
        (shown,) = as_json.queue_json(session, state=None, kind=None)
    assert shown == {
        "request": made.id, "ticket": made.ticket.reference, "kind": "rectification", "state": "in_review",
        "outcome": None, "due_on": None, "requester": "ada@example.net", "subject": "wrong house",
        "language": "en", "confidence": 0.5,
        "corrections": [
            {
                "id": line.id, "action": "set", "store": "shop", "table": "customers", "key": "1", "field": "street",
                "column": "street", "before": "3 Mill Lane", "after": "14 Quarry Hill", "state": "proposed",
            }
        ],
        "proved": True, "linked_to": "RD-22222222", "version": 1,
    }  # fmt: skip


def test_the_queue_as_json_is_narrowed_by_state_and_kind(sessions: Sessions) -> None:
    with sessions.begin() as session:
        rows.request(session, kind=Kind.ACCESS, due=3)
        rows.request(session, state=State.TRIAGE, due=2)
        rows.request(session, state=State.CLOSED, outcome=Outcome.FULFILLED, due=1)

        def due(**how: Any) -> list[str]:
            return [one["due_on"][-2:] for one in as_json.queue_json(session, **{"state": None, "kind": None, **how})]

        assert due() == ["02", "03"]
        assert due(state="all") == ["01", "02", "03"]
        assert due(state="closed") == ["01"]
        assert due(kind="access") == ["03"]
        assert due(kind="access", state="triage") == []
        with pytest.raises(ValueError, match="nowhere"):
            due(state="nowhere")


def test_a_long_queue_as_json_takes_two_queries(sessions: Sessions) -> None:
    with sessions.begin() as session:
        for _ in range(30):
            rows.correction(session, rows.request(session))
    with sessions.begin() as session, rows.statements(session) as seen:
        assert len(as_json.queue_json(session, state="all", kind=None)) == 30
        assert len(seen) == 2


def test_a_ticket_as_json_is_the_conversation_by_time_without_a_link_that_is_a_right(sessions: Sessions) -> None:
    quoted = "I did.\n> https://desk.shop.example/proof/abcdefghijklmnop.Zm9vYmFyZm9vYmFyZm9vYmFy"
    with sessions.begin() as session:
        made = rows.request(session, text=quoted)
        rows.letter(
            session, made, LetterState.HELD, text="Open:\n\nhttps://desk.shop.example/proof/~abcdefghijklmnop~\n"
        )
        rows.letter(session, made, LetterState.VOID)
        steps.noted(session, made, "seen", by="grace@shop.example", now=NOW, detail={"how": "web"})
        shown = as_json.ticket_json(session, made.ticket.reference)
        assert shown is not None
        assert as_json.ticket_json(session, "RD-ZZZZZZZZ") is None
    assert [message["direction"] for message in shown["messages"]] == ["in", "out"]
    assert [message["text"] for message in shown["messages"]] == ["I did.\n> [link]", "Open:\n\n[link]\n"]
    assert [message["delivery"] for message in shown["messages"]] == [None, "queued"]
    assert shown["messages"][0]["at"] == "2031-01-28T09:00:00+00:00"
    assert [(one["what"], one["by"], one["detail"]) for one in shown["events"]] == [
        ("seen", "grace@shop.example", {"how": "web"})
    ]
    assert (shown["channel"], len(shown["requests"])) == ("mail", 1)


def test_letters_quarantine_and_mailboxes_as_json(sessions: Sessions) -> None:
    with sessions.begin() as session:
        made = rows.request(session)
        deferred = rows.letter(session, made, LetterState.DEFERRED)
        failed = rows.letter(session, made, LetterState.FAILED)
        rows.letter(session, made, LetterState.ACCEPTED)
        session.add(rows.spooled(SpoolState.QUARANTINED))
        session.add(Mailbox(name="support", folder="INBOX", uidvalidity=7, last_uid=3, last_poll=NOW, state="ok"))
        session.flush()
        letters = as_json.outbox_json(session)
        (shut,) = as_json.quarantine_json(session)
        box, new = as_json.mailbox_json(session, [("support", "INBOX"), ("sales", "Post")])
    assert [(one["id"], one["state"], one["next_attempt"]) for one in letters] == [
        (deferred.id, "deferred", NOW.isoformat()),
        (failed.id, "failed", None),
    ]
    assert letters[0].keys() == {"id", "ticket", "to", "letter", "state", "attempts", "next_attempt"}
    assert shut.keys() == {"id", "received_at", "reason", "size", "attempts"}
    stamp = NOW.isoformat()
    assert box == {
        "name": "support",
        "folder": "INBOX",
        "uidvalidity": 7,
        "last_uid": 3,
        "last_poll": stamp,
        "state": "ok",
    }
    never = {"uidvalidity": None, "last_uid": None, "last_poll": None, "state": "new"}
    assert new == {"name": "sales", "folder": "Post"} | never
