"""Whatever tree of parts a mail is, and however it was broken on its way: its texts and files are found again."""

from hypothesis import given, settings
from hypothesis import strategies as st

from bot.mail.mime import read
from tests.mail.mime_trees import BREAKERS, Part, chopped, mail_of, trees
from tests.mail.test_mime import assert_sound


@settings(max_examples=100, deadline=None)
@given(trees, st.sets(st.integers(0, len(BREAKERS) - 1)))
def test_every_text_and_file_of_a_tree_is_found_again(tree: Part, broken: set[int]) -> None:
    reading = read(mail_of(tree, broken))
    assert_sound(reading)
    assert [text for text in tree.texts if text not in reading.text] == []
    assert sorted(file.name for file in reading.attachments) == sorted(tree.files)


@settings(max_examples=100, deadline=None)
@given(chopped())
def test_what_is_left_of_a_tree_is_read(raw: bytes) -> None:
    assert_sound(read(raw))
