"""The managed Asterisk's configuration: whatever the settings hold stays inside its line."""

from typing import Any

import pytest
from pydantic import SecretStr

from dialer.trunk import Trunk
from dialplans.names import REPORTED
from lab.managed import managed_files, value
from store.errors import SettingsError

LOCAL = Trunk(name="lab", host="127.0.0.1", port=5080)
PROVIDER = Trunk(
    name="operator",
    host="sip.operator.example",
    username="700100@operator.example",
    password=SecretStr("tajné;heslo"),
    caller_id="+420556414322",
)


def files(*trunks: Trunk, **changes: Any) -> dict[str, str]:
    settings: dict[str, Any] = {
        "sip_port": 5061,
        "rtp_ports": (12000, 12399),
        "ami_port": 5039,
        "ami_user": "hlasatel",
        "ami_secret": "s3cret",
    }
    return managed_files(trunks, **(settings | changes))


def test_a_trunk_without_account_is_known_by_its_address() -> None:
    text = files(LOCAL)["pjsip.conf"]
    assert "contact = sip:127.0.0.1:5080\n" in text
    assert "match = 127.0.0.1\n" in text
    assert "type = registration" not in text
    assert "type = auth" not in text


def test_a_trunk_offers_its_codecs_the_best_first() -> None:
    assert "allow = alaw,ulaw\n" in files(LOCAL)["pjsip.conf"]
    wide = LOCAL.model_copy(update={"codecs": ("g722", "alaw")})
    assert "allow = g722,alaw\n" in files(wide)["pjsip.conf"]


def test_a_trunk_with_an_account_registers_and_answers_challenges() -> None:
    text = files(PROVIDER)["pjsip.conf"]
    assert "client_uri = sip:700100@operator.example\n" in text
    assert "server_uri = sip:sip.operator.example:5060\n" in text
    assert "outbound_auth = trunk-operator-account\n" in text
    assert "from_user = 700100\n" in text
    assert "username = 700100@operator.example\n" in text
    assert r"password = tajné\;heslo" in text


def test_an_ipv6_host_is_bracketed_in_uris_and_bare_in_the_match() -> None:
    text = files(Trunk(name="six", host="2001:db8::5"))["pjsip.conf"]
    assert "contact = sip:[2001:db8::5]:5060\n" in text
    assert "match = 2001:db8::5\n" in text


@pytest.mark.parametrize(
    ("trunks", "bind", "expected"),
    [
        ((LOCAL,), None, "127.0.0.1:5061"),
        ((LOCAL, PROVIDER), None, "0.0.0.0:5061"),
        ((PROVIDER,), "192.0.2.7", "192.0.2.7:5061"),
        ((PROVIDER,), "::", "[::]:5061"),
    ],
)
def test_sip_listens_no_wider_than_the_trunks_need(trunks: tuple[Trunk, ...], bind: str | None, expected: str) -> None:
    assert f"bind = {expected}\n" in files(*trunks, bind=bind)["pjsip.conf"]


def test_ami_reports_the_variables_of_the_dialplan_on_loopback_only() -> None:
    manager = files(LOCAL)["manager.conf"]
    assert f"channelvars = {','.join(REPORTED)}\n" in manager
    assert "bindaddr = 127.0.0.1\n" in manager
    assert "write = originate,call,reporting\n" in manager


@pytest.mark.parametrize("bad", ["", "a\nb", "a\rb", "a\0b", " a", "a ", "a\u2028b"])
def test_a_secret_that_would_break_its_line_is_refused_by_its_key(bad: str) -> None:
    with pytest.raises(SettingsError, match=r"asterisk\.ami_secret"):
        files(LOCAL, ami_secret=bad)


def test_a_trunk_password_that_would_break_its_line_is_refused_by_its_key() -> None:
    trunk = PROVIDER.model_copy(update={"password": SecretStr("a\n[x]")})
    with pytest.raises(SettingsError, match=r"trunks\.operator\.password"):
        files(trunk)


@pytest.mark.parametrize("bad", ["", "a]", "a b", "a\n", "[general]"])
def test_an_ami_user_is_one_plain_word(bad: str) -> None:
    with pytest.raises(SettingsError, match=r"asterisk\.ami_user"):
        files(LOCAL, ami_user=bad)


def test_a_semicolon_does_not_begin_a_comment() -> None:
    assert value("key", "a;b;--c") == r"a\;b\;--c"


def test_the_project_dialplan_stands_beside_the_file_that_includes_it() -> None:
    made = files(LOCAL)
    assert "#include extensions-hlasatel.conf" in made["extensions.conf"]
    assert "[hlasatel-announcement]" in made["extensions-hlasatel.conf"]
