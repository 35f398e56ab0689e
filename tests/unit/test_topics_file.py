"""The set of topics is data: the built-in one holds, a bad one is refused by its key."""

import pytest

from store.errors import SettingsError
from subscribers.topics import default_topics, load_topics

GOOD = '[topics]\nvoda = "Voda"\n[[packages]]\nnumber = 1\nname = "Vše"\ntopics = "all"\n'


def test_the_built_in_set_has_the_five_packages_and_every_topic_in_one_of_the_first_four() -> None:
    topic_set = default_topics()
    assert [package.number for package in topic_set.packages] == [1, 2, 3, 4, 5]
    assert topic_set.packages[4].topics == "all"
    packaged = [code for package in topic_set.packages[:4] for code in package.topics]
    assert sorted(packaged) == sorted(topic_set.topics)
    assert {"nehody", "povodne", "voda", "energie", "uzavirky", "odpad", "hodiny"} <= topic_set.topics.keys()


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("[topics", "topics: "),
        ("", r"topics file\.topics: "),
        (GOOD.replace("voda =", "Voda ="), r"topics file\.topics\.Voda"),
        (GOOD.replace("voda =", "b2 ="), r"topics file\.topics\.b2"),
        (GOOD.replace('"Voda"', '""'), r"topics file\.topics\.voda"),
        (GOOD.replace('"Voda"', '"Voda, plyn"'), r"topics file\.topics\.voda"),
        (GOOD.replace("number = 1", "number = 10"), r"topics file\.packages\.0\.number"),
        (GOOD.replace('"all"', '["plyn"]'), r"package 1: unknown topics \['plyn'\]"),
        (GOOD.replace('"all"', "[]"), r"topics file\.packages\.0\.topics"),
        (GOOD + GOOD[GOOD.index("[[") :], r"used twice: \[1\]"),
        (GOOD + 'colour = "red"\n', r"topics file\.packages\.0\.colour"),
    ],
)
def test_a_bad_set_is_refused_with_its_key(text: str, complaint: str) -> None:
    with pytest.raises(SettingsError, match=complaint):
        load_topics(text)
