"""Whose domain vouches for them reads their own subject again; and it proves nothing."""

from collections.abc import Callable

import pytest

from models.rules.kinds import Kind
from models.rules.lifecycle import State
from tests.firm import ADA, Firm
from tests.journeys.stories import passes

NOBODY = "nobody@example.net"
PASS = "mx.shop.example; dmarc=pass header.from=example.net"
TRUSTING = {"after = ": 'authserv_id = "mx.shop.example"\nafter = '}


@pytest.fixture
def trusting(found_firm: Callable[..., Firm]) -> Firm:
    firm = found_firm(changed=TRUSTING)
    firm.reader.knows("what you hold", Kind.ACCESS)
    firm.reader.knows("stop", Kind.OPT_OUT)
    return firm


def subjects(firm: Firm, to: str) -> list[str]:
    """Without the references, which are each another."""
    return [str(letter["Subject"]).partition(" [")[0] for letter in firm.letters_to(to)]


def test_their_subject_comes_back_and_nothing_is_proved_by_it(trusting: Firm) -> None:
    trusting.receive("Show me what you hold", subject="My rights", Authentication_Results=PASS)
    trusting.work()
    (request,) = trusting.requests()
    assert (request.state, request.proved_at) == (State.AWAITING_PROOF, None)
    assert subjects(trusting, ADA) == ["Re: My rights"]
    passes(trusting, days=7)
    trusting.work()
    assert subjects(trusting, ADA) == ["Re: My rights"] * 2


def test_an_opt_out_is_answered_under_its_subject(trusting: Firm) -> None:
    trusting.receive("Please stop", subject="No more", Authentication_Results=PASS)
    trusting.work()
    assert subjects(trusting, ADA) == ["Re: No more"]


FORGED = {
    "no verdict": {},
    "a failure": {"Authentication_Results": "mx.shop.example; dmarc=fail header.from=example.net"},
    "another server's": {"Authentication_Results": PASS.replace("mx.shop", "mx.evil")},
    "for another domain": {"Authentication_Results": PASS.replace("example.net", "evil.example")},
}


@pytest.mark.parametrize("headers", FORGED.values(), ids=FORGED)
def test_nobody_else_puts_a_word_into_our_letters(trusting: Firm, headers: dict[str, str]) -> None:
    trusting.receive("Show me what you hold", subject="Cheap pills", **headers)
    trusting.work()
    (subject,) = subjects(trusting, ADA)
    assert "pills" not in subject
    assert not subject.startswith("Re:")


def test_where_nobody_is_trusted_a_verdict_says_nothing(firm: Firm) -> None:
    firm.reader.knows("what you hold", Kind.ACCESS)
    firm.receive("Show me what you hold", subject="My rights", Authentication_Results=PASS)
    firm.work()
    assert not subjects(firm, ADA)[0].startswith("Re:")


def test_it_tells_no_customer_from_a_stranger(trusting: Firm) -> None:
    for sender in (ADA, NOBODY):
        trusting.receive("Show me what you hold", sender=sender, subject="My rights", Authentication_Results=PASS)
    trusting.work()
    assert subjects(trusting, ADA) == subjects(trusting, NOBODY) == ["Re: My rights"]
