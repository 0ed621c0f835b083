"""What of a letter its writer newly wrote: samples of what mail programs make of answers, in many languages."""

# ruff: noqa: E501 (a letter is one value; cut up it could not be read)

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.mail.markup.containers import Container, Mark
from bot.mail.replies import new_spans, spans_of
from models.rules.reading import SpanKind

OURS = "> We have your request.\n> Please confirm.\n"
WRAPPED = "> We have written to you on the second of March about the address in your"
WHOLE = "all of it"

SAMPLES = {
    "no quote": ("Please use Sample Road 3.\n\nAda", WHOLE),
    "en gmail": (f"Yes, do that.\n\nOn Tue, 24 Nov 2026 at 10:00, Shop <support@shop.example> wrote:\n\n{OURS}", "Yes, do that."),
    "en gmail in two lines": (f"Yes.\n\nOn Tue, 24 Nov 2026 at 10:00, The Support Desk of Example Shop\n<support@shop.example> wrote:\n\n{OURS}", "Yes."),
    "en directly above": (f"Thanks!\nOn Nov 24, 2026, at 10:00 AM, Shop <support@shop.example> wrote:\n{OURS}", "Thanks!"),
    "en apple without marks": ("Yes.\n\nOn 24 Nov 2026, at 10:00, Shop <support@shop.example> wrote:\n\nWe have your request.\nPlease confirm.", "Yes."),
    "de thunderbird": (f"Ja bitte.\n\nAm 24.11.26 um 10:00 schrieb Shop:\n{OURS}", "Ja bitte."),
    "de outlook": ("Ja bitte.\n\nVon: Shop <support@shop.example>\nGesendet: Dienstag, 24. November 2026 10:00\nAn: Ada\nBetreff: Ihre Anfrage\n\nWir haben Ihre Anfrage.", "Ja bitte."),
    "de original": ("Ja bitte.\n\n-----Ursprüngliche Nachricht-----\nVon: Shop\nWir haben Ihre Anfrage.", "Ja bitte."),
    "de phone": (f"Ja bitte.\n\nVon meinem iPhone gesendet\n\n> Am 24.11.2026 um 10:00 schrieb Shop <support@shop.example>:\n>\n{OURS}", "Ja bitte."),
    "fr gmail": (f"Oui, merci.\n\nLe mar. 24 nov. 2026 à 10:00, Shop <support@shop.example> a écrit :\n\n{OURS}", "Oui, merci."),
    "fr outlook": ("Oui.\n\n________________________________\nDe : Shop <support@shop.example>\nEnvoyé : mardi 24 novembre 2026 10:00\nÀ : Ada\nObjet : Votre demande\n\nNous avons reçu votre demande.", "Oui."),
    "fr phone": ("Oui, c'est juste.\n\nEnvoyé de mon iPhone", "Oui, c'est juste."),
    "it gmail": (f"Va bene.\n\nIl giorno mar 24 nov 2026 alle ore 10:00 Shop <support@shop.example> ha scritto:\n\n{OURS}", "Va bene."),
    "it outlook": ("Va bene.\n\nDa: Shop <support@shop.example>\nInviato: martedì 24 novembre 2026 10:00\nA: Ada\nOggetto: La sua richiesta\n\nAbbiamo ricevuto.", "Va bene."),
    "it phone": ("Va bene.\n\nInviato da iPhone", "Va bene."),
    "es gmail": (f"Sí, gracias.\n\nEl mar, 24 nov 2026 a las 10:00, Shop (<support@shop.example>) escribió:\n\n{OURS}", "Sí, gracias."),
    "nl gmail": (f"Ja graag.\n\nOp di 24 nov 2026 om 10:00 schreef Shop <support@shop.example>:\n\n{OURS}", "Ja graag."),
    "pt gmail": (f"Sim.\n\nEm ter., 24 de nov. de 2026 às 10:00, Shop <support@shop.example> escreveu:\n\n{OURS}", "Sim."),
    "pl gmail": (f"Tak.\n\nwt., 24 lis 2026 o 10:00 Shop <support@shop.example> napisał(a):\n\n{OURS}", "Tak."),
    "cs gmail": (f"Ano.\n\nút 24. 11. 2026 v 10:00 odesílatel Shop <support@shop.example> napsal:\n\n{OURS}", "Ano."),
    "sv gmail": (f"Ja tack.\n\nDen tis 24 nov. 2026 kl 10:00 skrev Shop <support@shop.example>:\n\n{OURS}", "Ja tack."),
    "ja outlook": ("はい、お願いします。\n\n差出人: Shop <support@shop.example>\n送信日時: 2026年11月24日 10:00\n宛先: Ada\n件名: ご依頼\n\n受け取りました。", "はい、お願いします。"),
    "signature": ("Please delete my account.\n\n-- \nAda Example\nSample Road 3", "Please delete my account."),
    "signature above the quote": (f"Yes.\n-- \nAda\n\nOn Tue, 24 Nov 2026 at 10:00, Shop wrote:\n{OURS}", "Yes."),
    "disclaimer": ("Please correct my name.\n\nThis e-mail and any attachments are confidential and may be privileged.\nIf you are not the recipient, delete it.", "Please correct my name."),
    "de disclaimer": ("Bitte löschen.\n\nDiese E-Mail enthält vertrauliche Informationen. Wenn Sie nicht\nder richtige Adressat sind, löschen Sie sie.", "Bitte löschen."),
    "interleaved": ("> Which street?\nSample Road\n> Which number?\nNumber three, please", WHOLE),
    "answer below": (f"On Tue, 24 Nov 2026 at 10:00, Shop wrote:\n{OURS}\nYes, that is all right.", "Yes, that is all right."),
    "nothing but a quote": (OURS.strip(), WHOLE),
    "forwarded": ("---------- Forwarded message ---------\nFrom: Shop <news@shop.example>\nDate: Tue, 24 Nov 2026\nSubject: Sale\n\nBuy!", WHOLE),
    "forwarded with a word": ("Stop this.\n\n---------- Forwarded message ---------\nFrom: Shop <news@shop.example>\nDate: Tue, 24 Nov 2026\nSubject: Sale\n\nBuy!", "Stop this."),
    # What must never be taken for a quote: the person's own words that look a little like one.
    "a wish of two lines": ("Change my address\nFrom: ada@old.example\nTo: ada@new.example\nThanks", WHOLE),
    "a form": ("Name: Ada Example\nE-mail: ada@example.org\nDate of birth: 1990-01-01\nStreet: Sample Road 3", WHOLE),
    "a date and a colon": ("On 24 November 2026 I ordered the following:\none chair", WHOLE),
    "a date, an address and a colon": ("As of 2026-12-01 please write to my new address ada@example.org only:\nthe old one is closed", WHOLE),
    "a headline": ("---- My request ----\nDelete everything", WHOLE),
    "dashes in a letter": ("First part\n--------------------\nSecond part", WHOLE),
    "a confidence and more": ("Hello,\n\nthis message is confidential, please tell nobody.\n\nMy birth name must go.", WHOLE),
    "two disclaimers below a closing": ("Yes.\n\nKind regards\nAda\n\nThis e-mail is confidential.\n\nDiese E-Mail ist vertraulich.", "Yes.\n\nKind regards\nAda"),
    "sent from my, in a sentence": ("The parcel came late.\nSent from my account it was right, so the label must be wrong.", WHOLE),
    "sent from my, within lines": ("The parcel was\nsent from my house\nto yours.", WHOLE),
    "from, to and a day": ("Removal:\n\nVon: Lindenstr. 4\nAn: Hafenweg 2\nDatum: 01.04.2026\n\nThanks", WHOLE),
    "de gmx": ("Ja.\n\nGesendet: Montag, 02. März 2026 um 09:41 Uhr\nVon: Shop <s@shop.example>\nAn: Ada\nBetreff: x\nStimmt es?", "Ja."),
    "notes": ("Yes.\n\n-----Shop <s@shop.example> wrote: -----\nTo: Ada\nFrom: Shop\n\nIs it right?", "Yes."),
    "zoho": ("Yes.\n\n---- On Mon, 02 Mar 2026 09:41:07 +0000 Shop <s@shop.example> wrote ----\n\nIs it right?", "Yes."),
    "a headline of what somebody wrote": ("---- What your agent wrote ----\nno", WHOLE),
    "a name and its word": (f"Yes.\n\nThe Shop via Desk wrote:\n{OURS}", "Yes."),
    "a name above its word": (f"Yes.\n\nThe Support Desk of Shop <support@shop.example>\nwrote:\n{OURS}", "Yes."),
    "de a day without a date": (f"Ja.\n\nAm Montag schrieb Shop:\n{OURS}", "Ja."),
    "who tells what they wrote": ("So I wrote:\n\n> My name is Ada.\n\nand nobody answered me at all.", WHOLE),
    "who tells what another wrote": ("Your agent Tom wrote to me:\n> never\n\nNo.", "Your agent Tom wrote to me:\nNo."),
    "de who tells what they wrote": ("Am 2.3.2026 um 9:41 schrieb ich an Shop <s@shop.example>:\n\nBitte löschen!", WHOLE),
    "a quote wrapped on the way": (f"Yes.\n\nShop wrote:\n{WRAPPED}\ncustomer account\n> and about the name. Are both right?", "Yes."),
    "a short answer between": (f"{WRAPPED}\nyes\n> and about the name. Are both of them right?\nNo, my name is Ada Quint.", WHOLE),
    "a thumb": (f"👍\n\nOn Tue, 24 Nov 2026 at 10:00, Shop wrote:\n{OURS}", "👍"),
    "ja answers between": ("> ご住所は？\n横浜市中区一丁目です\n> お名前は？\n森花子です", WHOLE),
    "outlook in any language": ("Jah.\n\nHangi Outlook androidile<https://aka.ms/x> Android", "Jah."),
    "ps below a signature": ("Delete it.\n-- \nAda\nPS: and my photo.", "Delete it.\nPS: and my photo."),
    "a message to be kept": ("Please keep my name.\n\nThanks\nAda\n\nThis message is to be filed with my contract.", WHOLE),
    "confidential matters": ("This message is confidential: I am ill.\nPlease delete it.", WHOLE),
}  # fmt: skip


def new_text(text: str) -> str:
    return "\n".join(text[start:end] for start, end in new_spans(text))


@pytest.mark.parametrize("name", SAMPLES)
def test_what_is_new_in_a_letter(name: str) -> None:
    text, expected = SAMPLES[name]
    assert new_text(text) == (text.strip() if expected is WHOLE else expected)


@pytest.mark.parametrize("lines", range(8))
def test_what_is_not_new_is_told_apart_by_its_kind(lines: int) -> None:
    firm = "This e-mail is confidential and may be privileged."
    above = "Yes, please.\n" * lines + "Yes, please."
    text = f"{above}\n\n-- \nAda\n\nOn Tue, 24 Nov 2026 at 10:00, Shop <s@shop.example> wrote:\n\n{OURS}\n> More\n\n{firm}\n"
    assert [(one.kind, text[one.start : one.end]) for one in spans_of(text)] == [
        (SpanKind.NEW, above),
        (SpanKind.SIGNATURE, "-- \nAda"),
        (SpanKind.QUOTE, text[text.index("On Tue") : text.index("\n\nThis")]),
        (SpanKind.DISCLAIMER, firm),
    ]


def test_a_signature_longer_than_any_is_a_letter_that_was_typed_into_it() -> None:
    text = "\n".join(["Hello,", *(f"line {number}" for number in range(20))])
    mark = Mark(text.index("line 0"), len(text), Container.SIGNATURE)
    assert new_spans(text, [mark]) == ((0, len(text)),)
    assert new_spans("Hello,\nAda", [Mark(7, 10, Container.SIGNATURE)]) == ((0, 6),)
    assert new_spans("Ada", [Mark(0, 3, Container.SIGNATURE)]) == ((0, 3),)


@given(st.text(st.sampled_from("ab >-:\n@.<0_\u3000")))
def test_spans_are_ordered_inside_the_text_and_never_empty_for_words(text: str) -> None:
    spans = [(one.start, one.end) for one in spans_of(text)]
    edges = [edge for span in spans for edge in span]
    assert edges == sorted(edges)
    assert all(text[start:end].strip() for start, end in spans)
    assert all(0 <= edge <= len(text) for edge in edges)
    assert bool(new_spans(text)) == bool(text.strip())
    assert not "".join(text[a:b] for a, b in zip([0, *edges[1::2]], [*edges[::2], len(text)], strict=True)).strip()


HOSTILE = [
    *(
        "> a\n",
        "\n",
        "-- \n",
        "x wrote:\n",
        "From: a\n",
        "a" * 70 + "\n",
        "__________\n",
        "a: ",
        "--- ",
        ">>> a >>>\n",
    ),
    *(" " * 399 + ":\n", "_" * 60 + "\nFrom: a\n", "-----BEGIN PGP SIGNED MESSAGE-----\n", "<a@b.c> 1/1/2001 10:00 "),
    *(
        "Thanks\nThis mail is private\n",
        "Sent from my iPhone\nhttp://a.b/c\n",
        "P.S. x\n-- \n",
        "x-leave@a.b\n________\n",
    ),
]


@pytest.mark.parametrize("line", HOSTILE, ids=repr)
def test_a_megabyte_of_anything_takes_no_time(line: str) -> None:
    started = time.process_time()
    new_spans(line * (1_000_000 // len(line)))
    assert time.process_time() - started < 3
