"""Whose word that a sender's domain vouches is believed: a table of honest and of forged headers."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.mail.mime import read
from bot.mail.reading.authentication import OddError, read_report

US = "mx.shop.example"
FROM = "From: Ada <ada@example.org>"
IN = (
    "Received: from mail.example.org (mail.example.org [192.0.2.7]) by mx.shop.example (Postfix) with ESMTPS id 1;"
    " Thu, 26 Nov 2026 09:00:00 +0000"
)
LMTP = "Received: from mx.shop.example by imap.shop.example with LMTP id 2; Thu, 26 Nov 2026 09:00:01 +0000"
FILTER = (
    "Received: from mx.shop.example ([127.0.0.1]) by localhost (mx.shop.example [127.0.0.1])"
    " (amavisd-new, port 10024) with ESMTP id 3; Thu, 26 Nov 2026 09:00:01 +0000"
)
PASS = "Authentication-Results: mx.shop.example; dmarc=pass header.from=example.org"


def stamped(result: str, server: str = US) -> str:
    return f"Authentication-Results: {server}; {result}"


def verified(*lines: str, authserv_id: str = US) -> bool | None:
    mail = "\r\n".join([*lines, "Subject: my data", "", "Hello"]).encode("utf-8", "surrogateescape")
    return read(mail, authserv_id=authserv_id).verified


HONEST = {
    "as short as can be": (PASS, IN, FROM),
    "as OpenDMARC has it": (stamped("dmarc=pass (p=none dis=none) header.from=example.org"), IN, FROM),
    "as rspamd has it": (
        "Authentication-Results: mx.shop.example;",
        '\tdkim=pass header.d=example.org header.s=s1 header.b="aB/c+d==";',
        '\tdmarc=pass (policy=reject) header.from=example.org;',
        '\tspf=pass (mx.shop.example: domain of "bounce+x=y@example.org" designates 192.0.2.7)',
        '\tsmtp.mailfrom="bounce+x=y"@example.org',
        IN, FROM,
    ),
    "as Postfix milters add two": (PASS, stamped("dkim=pass header.d=example.org"), IN, FROM),
    "another method failed": (
        stamped("spf=fail smtp.mailfrom=list.example; dmarc=pass header.from=example.org"), IN, FROM,
    ),
    "with its version": (stamped("dmarc=pass header.from=example.org", f"{US} 1"), IN, FROM),
    "with the method's version": (stamped("dmarc/1=pass header.from=example.org"), IN, FROM),
    "with a reason": (stamped('dmarc=pass reason="p=none; fine" header.from=example.org'), IN, FROM),
    "folded at every blank": (
        "Authentication-Results:\r\n\tmx.shop.example\r\n\t;\r\n dmarc\r\n = pass\r\n header\r\n"
        " . from\r\n = example.org",
        IN, FROM,
    ),
    "with comments everywhere": (
        "Authentication-Results: (a) mx.shop.example (b (c)) ; (\\)) dmarc (d) = (e) pass (f=g; h)"
        " header (i) . from = example.org (j)",
        IN, FROM,
    ),
    "in capitals": ("AUTHENTICATION-RESULTS: MX.Shop.Example; DMARC=PASS HEADER.FROM=EXAMPLE.ORG", IN, FROM),
    "the name of the server quoted": (stamped("dmarc=pass header.from=example.org", f'"{US}"'), IN, FROM),
    "the domain quoted": (stamped('dmarc=pass header.from="example.org"'), IN, FROM),
    "below the last hop by LMTP": (LMTP, PASS, IN, FROM),
    "below a filter on the same machine": (LMTP, FILTER, PASS, IN, FROM),
    "a domain of another script, either way": (
        stamped("dmarc=pass header.from=xn--bcher-kva.example"), IN, "From: k@bücher.example",
    ),
    "no hop at all": (PASS, FROM),
    "others' verdicts lie below": (PASS, IN, stamped("dmarc=fail header.from=x.org", "mail.example.org"), FROM),
    "our own lie forged below": (PASS, IN, stamped("dmarc=fail header.from=example.org"), FROM),
}  # fmt: skip


@pytest.mark.parametrize("lines", HONEST.values(), ids=HONEST)
def test_the_domain_vouches(lines: tuple[str, ...]) -> None:
    assert verified(*lines) is True


FORGED = {
    "no report": (IN, FROM),
    "an empty one": ("Authentication-Results:", IN, FROM),
    "of nobody": ("Authentication-Results: ; dmarc=pass header.from=example.org", IN, FROM),
    "without a server, as Microsoft 365 has it": (
        "Authentication-Results: spf=pass (sender IP is 192.0.2.7) smtp.mailfrom=example.org; dmarc=pass action=none"
        " header.from=example.org;compauth=pass reason=100", IN, FROM,
    ),
    "of another server": (stamped("dmarc=pass header.from=example.org", "mx.example.org"), IN, FROM),
    "of a server that ends like ours": (stamped("dmarc=pass header.from=example.org", f"evil.{US}"), IN, FROM),
    "of one that begins like ours": (stamped("dmarc=pass header.from=example.org", f"{US}.org"), IN, FROM),
    "of ours in a comment": (f"Authentication-Results: evil.org ({US}); dmarc=pass header.from=example.org", IN, FROM),
    "ours is not the topmost": (stamped("none", "spam.filter.example"), PASS, IN, FROM),
    "below where it came in": (IN, PASS, FROM),
    "below all": (LMTP, IN, FROM, PASS),
    "came in under our name": (
        "Received: from mx.shop.example (unknown [203.0.113.9]) by mx.shop.example with ESMTP id 1; x", PASS, FROM,
    ),
    "came in and says LMTP in its name": (
        "Received: from a()by()x()with()lmtp (unknown [203.0.113.9]) by mx.shop.example with ESMTP id 1; x",
        PASS, FROM,
    ),
    "came in and says this machine in its name": (
        "Received: from [127.0.0.1] (unknown [203.0.113.9]) by mx.shop.example with ESMTP id 1; x", PASS, FROM,
    ),
    "came in from nowhere": ("Received: from mail.example.org by mx.shop.example with ESMTP id 1; x", PASS, FROM),
    "a hop that is none": ("Received: (", PASS, FROM),
    "a private network is a stranger": (
        "Received: from evil (unknown [172.17.0.1]) by mx.shop.example with ESMTP id 1; x", PASS, FROM,
    ),
    "DMARC failed": (stamped("dmarc=fail header.from=example.org"), IN, FROM),
    "DMARC says nothing": (stamped("dmarc=none header.from=example.org"), IN, FROM),
    "DMARC could not be asked": (stamped("dmarc=temperror header.from=example.org"), IN, FROM),
    "only SPF, of the forger's own domain": (stamped("spf=pass smtp.mailfrom=evil.org"), IN, FROM),
    "only DKIM, of the very domain": (stamped("dkim=pass header.d=example.org"), IN, FROM),
    "none": (stamped("none"), IN, FROM),
    "for another domain": (stamped("dmarc=pass header.from=evil.org"), IN, FROM),
    "for the domain above": (stamped("dmarc=pass header.from=org"), IN, FROM),
    "for a domain below": (stamped("dmarc=pass header.from=mail.example.org"), IN, FROM),
    "for no domain": (stamped("dmarc=pass"), IN, FROM),
    "for two domains": (stamped("dmarc=pass header.from=evil.org header.from=example.org"), IN, FROM),
    "for two domains, ours first": (stamped("dmarc=pass header.from=example.org header.from=evil.org"), IN, FROM),
    "of another header": (stamped("dmarc=pass smtp.from=example.org"), IN, FROM),
    "the domain in a comment": (stamped("dmarc=pass (header.from=example.org)"), IN, FROM),
    "the pass in a comment": (stamped("dmarc=fail (p=none; dmarc=pass header.from=example.org)"), IN, FROM),
    "the pass in a nested comment": (stamped("dmarc=fail ((a) dmarc=pass header.from=example.org) x.y=z"), IN, FROM),
    "the pass in a quoted local part": (
        stamped('spf=pass smtp.mailfrom="a; dmarc=pass header.from=example.org"@evil.org'), IN, FROM,
    ),
    "a bracket in a quoted local part": (
        stamped('spf=pass (x) smtp.mailfrom="a) ; dmarc=pass header.from=example.org ("@evil.org'), IN, FROM,
    ),
    "first fail, then pass": (
        stamped("dmarc=fail header.from=example.org; dmarc=pass header.from=example.org"), IN, FROM,
    ),
    "twice pass": (stamped("dmarc=pass header.from=example.org; dmarc=pass header.from=example.org"), IN, FROM),
    "two reports that disagree": (PASS, stamped("dmarc=fail header.from=example.org"), IN, FROM),
    "two reports that agree": (PASS, PASS, IN, FROM),
    "the pass in the second report": (stamped("dkim=pass header.d=example.org"), PASS, IN, FROM),
    "an odd second report": (PASS, stamped("dmarc=fail ("), IN, FROM),
    "a comment that does not end": (stamped("dmarc=pass header.from=example.org ("), IN, FROM),
    "a comment that does not begin": (stamped("dmarc=pass ) header.from=example.org"), IN, FROM),
    "a quote that does not end": (stamped('dmarc=pass header.from="example.org'), IN, FROM),
    "a semicolon too many": (stamped("; dmarc=pass header.from=example.org"), IN, FROM),
    "a version of tomorrow": (stamped("dmarc=pass header.from=example.org", f"{US} 2"), IN, FROM),
    "a method of tomorrow": (stamped("dmarc/2=pass header.from=example.org"), IN, FROM),
    "a blank within the word": (stamped("d marc=pass header.from=example.org"), IN, FROM),
    "half a pass": (stamped("dmarc=passed header.from=example.org"), IN, FROM),
    "a NUL": (stamped("dmarc=pass\0 header.from=example.org"), IN, FROM),
    "a bare CR": (stamped("dmarc=pass header.from=evil.org\r header.from=example.org"), IN, FROM),
    "octets of no text": (stamped("dmarc=pass header.from=example.org (\udcff)"), IN, FROM),
    "far too long": (stamped("dmarc=pass (" + "x" * 9000 + ") header.from=example.org"), IN, FROM),
    "a header that is called nearly so": (PASS.replace("Results", "Result"), IN, FROM),
    "the server's copy for others": ("ARC-" + PASS.replace("Results:", "Results: i=1;"), IN, FROM),
    "two authors": (PASS, IN, "From: ada@example.org, mallory@evil.org"),
    "the same author twice": (PASS, IN, "From: ada@example.org, ada@example.org"),
    "two From headers": (PASS, IN, "From: mallory@evil.org", FROM),
    "two From headers, ours first": (PASS, IN, FROM, "From: mallory@evil.org"),
    "two addresses in one": (PASS, IN, "From: <ada@example.org> <mallory@evil.org>"),
    "an address that must be guessed": (PASS, IN, "From: Ada ada@example.org"),
    "no author": (PASS, IN),
    "an author's name that is an address": (PASS, IN, 'From: "ada@example.org" <mallory@evil.org>'),
    "the domain looks alike": (PASS, IN, "From: ada@exаmple.org"),
    "only the sender is of it": (PASS, IN, "From: mallory@evil.org", "Sender: ada@example.org"),
}  # fmt: skip


@pytest.mark.parametrize("lines", FORGED.values(), ids=FORGED)
def test_nobody_vouches(lines: tuple[str, ...]) -> None:
    assert verified(*lines) is False


@pytest.mark.parametrize("lines", [HONEST["as short as can be"], FORGED["no report"]], ids=["honest", "none"])
def test_where_no_server_is_trusted_nobody_is_asked(lines: tuple[str, ...]) -> None:
    assert verified(*lines, authserv_id="") is None


GOOGLE = (
    "Authentication-Results: mx.google.com; dkim=pass header.i=@example.org header.s=s1 header.b=Xy0/z;"
    " spf=pass (google.com: domain of ada@example.org designates 192.0.2.7 as permitted sender)"
    " smtp.mailfrom=ada@example.org; dmarc=pass (p=REJECT sp=REJECT dis=NONE) header.from=example.org"
)
BY_GOOGLE = (
    "Received: from mail.example.org (mail.example.org. [192.0.2.7]) by mx.google.com with ESMTPS id 1"
    " for <s@shop.example> (version=TLS1_3 cipher=X bits=256/256); Thu, 26 Nov 2026 01:00:00 -0800 (PST)"
)
WITHIN_GOOGLE = "Received: by 2002:a05:6a10:1234:b0:5 with SMTP id 2; Thu, 26 Nov 2026 01:00:01 -0800 (PST)"
OF_OLD = "Received: from laptop (host [198.51.100.3]) by mail.example.org with ESMTPSA id 9; x"


def test_google_writes_below_its_own_hop() -> None:
    assert verified(WITHIN_GOOGLE, BY_GOOGLE, GOOGLE, OF_OLD, FROM, authserv_id="mx.google.com") is True


@pytest.mark.parametrize(
    "lines",
    [
        (WITHIN_GOOGLE, BY_GOOGLE, OF_OLD, GOOGLE, FROM),
        (BY_GOOGLE, GOOGLE.replace("mx.google.com;", "mx.shop.example;"), FROM),
    ],
    ids=["below the hop before", "another server's"],
)  # fmt: skip
def test_and_nothing_further_down(lines: tuple[str, ...]) -> None:
    assert verified(*lines, authserv_id="mx.google.com") is False


def test_none_is_no_result() -> None:
    assert read_report(b" mx.shop.example; none").results == ()


@given(st.text(alphabet='ab=;."()\\ /@\t1-', max_size=60))
def test_what_is_odd_is_said_to_be_and_nothing_else_is_raised(text: str) -> None:
    try:
        report = read_report(text.encode())
    except OddError:
        return
    assert report.server


ENDLESS = ["(" * 8000, "()" * 4000, '"' * 8000, "a" * 8000, "a=" * 4000, "\\" * 8000]


@pytest.mark.parametrize("odd", ENDLESS, ids=lambda odd: odd[:2])
def test_what_is_odd_takes_no_time(odd: str) -> None:
    assert verified(stamped(f"dmarc=pass {odd}"), IN, FROM) is False
