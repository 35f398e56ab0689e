"""Where the machine gets its packages from, in both shapes of apt's files."""

from pathlib import Path

from lab.sources import of_machine, parse_deb822, parse_list, with_suite, written

DEB822 = """\
# the machine's own
Types: deb deb-src
# an older mirror
URIs: http://mirror.example/debian
Suites: bookworm bookworm-updates
Components: main contrib
Signed-By: /usr/share/keyrings/debian-archive-keyring.gpg

Types: deb
URIs: http://mirror.example/debian-security
Suites: bookworm-security
Components: main

Enabled: no
Types: deb
URIs: http://off.example/
Suites: bookworm
Components: main
"""


def test_a_one_line_source_keeps_its_options() -> None:
    text = "deb [arch=amd64,arm64 signed-by=/k.gpg] http://mirror.example/debian bookworm main contrib # ours\n"
    assert parse_list(text) == [
        {
            "architectures": "amd64 arm64",
            "signed-by": "/k.gpg",
            "types": "deb",
            "uris": "http://mirror.example/debian",
            "suites": "bookworm",
            "components": "main contrib",
        }
    ]


def test_source_packages_comments_and_empty_lines_are_no_sources() -> None:
    assert parse_list("deb-src http://mirror.example bookworm main\n\n# deb http://x y main\n") == []


def test_deb822_stanzas_without_comments_and_disabled_ones() -> None:
    first, second = parse_deb822(DEB822)
    assert first == {
        "types": "deb",
        "uris": "http://mirror.example/debian",
        "suites": "bookworm bookworm-updates",
        "components": "main contrib",
        "signed-by": "/usr/share/keyrings/debian-archive-keyring.gpg",
    }
    assert second["suites"] == "bookworm-security"


def test_a_key_written_out_in_a_stanza_survives() -> None:
    key = "Signed-By:\n -----BEGIN PGP PUBLIC KEY BLOCK-----\n .\n mDMEYCQjIxYJKwYBBAHaRw8BAQdAD/P5\n"
    text = f"Types: deb\nURIs: http://mirror.example/debian\nSuites: bookworm\nComponents: main\n{key}"
    [stanza] = parse_deb822(text)
    assert parse_deb822(written([stanza])) == [stanza]
    assert "\n mDMEYCQjIxYJKwYBBAHaRw8BAQdAD/P5" in stanza["signed-by"]


def test_only_the_main_archive_has_the_other_suite() -> None:
    foreign = "deb http://repo.example/tool stretchy main\ndeb http://docker.example/linux bookworm stable\n"
    stanzas = parse_deb822(DEB822) + parse_list(foreign)
    assert with_suite(stanzas, "sid", "bookworm") == [
        {
            "types": "deb",
            "uris": "http://mirror.example/debian",
            "suites": "sid",
            "components": "main",
            "signed-by": "/usr/share/keyrings/debian-archive-keyring.gpg",
        }
    ]


def test_the_same_mirror_listed_twice_is_asked_once() -> None:
    text = "deb http://mirror.example/debian bookworm main\ndeb http://mirror.example/debian stable main\n"
    assert len(with_suite(parse_list(text), "sid", "bookworm")) == 1


def test_all_files_of_the_machine_are_read(tmp_path: Path) -> None:
    parts = tmp_path / "sources.list.d"
    parts.mkdir()
    (tmp_path / "sources.list").write_text("deb http://one.example bookworm main\n")
    (parts / "two.list").write_text("deb http://two.example bookworm main\n")
    (parts / "three.sources").write_text("Types: deb\nURIs: http://three.example\nSuites: x\nComponents: main\n")
    (parts / "four.list.disabled").write_text("deb http://four.example bookworm main\n")
    assert [stanza["uris"] for stanza in of_machine(tmp_path)] == [
        "http://one.example",
        "http://two.example",
        "http://three.example",
    ]
