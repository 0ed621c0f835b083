"""What people say in an invitation is read; what the program says beside it is not."""

import pytest

from bot.mail.reading.calendars import said_in

ENTRY = "BEGIN:VCALENDAR\nBEGIN:VEVENT\n{}\nEND:VEVENT\nEND:VCALENDAR"
SAID = {
    "in order, each once": ("SUMMARY:a\nDESCRIPTION:b\nCOMMENT:a", "a\n\nb"),
    "folded": ("SUMMARY:a lo\n ng\n\t word", "a long word"),
    "escaped": (r"SUMMARY:a\, b\; c\\n\nd", "a, b; c\\n\nd"),
    "with parameters": ('SUMMARY;LANGUAGE=en;X-A="b:c;d":e:f', "e:f"),
    "in small letters": ("summary:a", "a"),
    "nothing": ("SUMMARY:\nLOCATION:b\nX-SUMMARY:c", ""),
    "an alarm": ("BEGIN:VALARM\nDESCRIPTION:Reminder\nEND:VALARM\nCOMMENT:a", "a"),
}


@pytest.mark.parametrize("name", SAID)
def test_what_an_entry_says(name: str) -> None:
    typed, said = SAID[name]
    assert said_in(ENTRY.format(typed)) == said


@pytest.mark.parametrize("text", ["", "SUMMARY:a", "BEGIN:VTIMEZONE\nCOMMENT:a", "END:VEVENT\n" * 3, ":\n;:\n"])
def test_what_is_no_entry_says_nothing(text: str) -> None:
    assert said_in(text) == ""
