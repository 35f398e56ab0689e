"""Every example of docs/trunks.md as an operator would use it: what the settings loader and Asterisk make of it.

That a real Asterisk takes all of them, and that registration, TLS, SRTP and address alone carry calls, is shown in
``tests/integration/test_trunks.py``.
"""

import re
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path

import pytest

from announcements.claim import Claimed
from dialer.originate import originate_fields
from dialer.trunk import Trunk
from lab.managed import managed_files
from service.loading import load_settings
from store.states import Priority

PAGE = (Path(__file__).parents[2] / "docs" / "trunks.md").read_text(encoding="utf-8")
EXAMPLES = [
    block for block in re.findall(r"^```toml\n(.+?)^```", PAGE, re.DOTALL | re.MULTILINE) if "[[trunks]]" in block
]
SECRET = "tajné;heslo"

Section = Mapping[str, str]


def trunks_of(example: str, folder: Path) -> Sequence[Trunk]:
    for name in ("operator.secret", "operator-ca.pem", "town.pem", "town.key"):
        (folder / name).write_text(f"{SECRET}\n", encoding="utf-8")
    file = folder / "hlasatel.toml"
    file.write_text(f'[town]\nname = "Bystřice"\n\n{example}', encoding="utf-8")
    return load_settings(file).trunks


def all_trunks(folder: Path) -> dict[str, Trunk]:
    return {trunk.name: trunk for example in EXAMPLES for trunk in trunks_of(example, folder)}


def sections(trunk: Trunk) -> dict[str, Section]:
    """Of the pjsip.conf that is made for this trunk alone, by their type."""
    files = managed_files(
        [trunk], sip_port=5060, rtp_ports=(12000, 12399), ami_port=5038, ami_user="hlasatel", ami_secret="s3cret"
    )
    parts = re.split(r"^\[[\w-]+\]$", files["pjsip.conf"], flags=re.MULTILINE)[1:]
    read = [dict(re.findall(r"^(\w+) = (.*)$", part, re.MULTILINE)) for part in parts]
    found = {section["type"]: section for section in read if section.get("protocol") != "udp"}
    return {**{section["type"]: section for section in read}, **found}


def called(trunk: Trunk, number: str) -> Mapping[str, str | list[str]]:
    claimed = Claimed("a" * 32, "b" * 32, number, "key", Priority.NORMAL, datetime.now(UTC))
    return originate_fields(
        claimed, trunk, greeting="/g", message="/m", agi_url="agi://127.0.0.1:4573", detect_machine=True
    )


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda text: re.findall(r'name = "(\S+)"', text)[0])
def test_the_settings_loader_takes_the_example(example: str, tmp_path: Path) -> None:
    for trunk in trunks_of(example, tmp_path):
        made = sections(trunk)
        assert made["endpoint"]["aors"] == trunk.endpoint
        assert made["aor"]["contact"].startswith(f"sip:{trunk.host}:{trunk.port}")
        assert ("registration" in made) == ("auth" in made) == bool(trunk.username)


def test_each_kind_of_trunk_has_its_example(tmp_path: Path) -> None:
    trunks = all_trunks(tmp_path)
    assert trunks.keys() >= {"operator", "operator-tcp", "ip", "secure", "mutual", "gateway", "cheap", "backup"}


def test_an_account_registers_and_answers_challenges(tmp_path: Path) -> None:
    made = sections(all_trunks(tmp_path)["operator"])
    assert made["registration"]["server_uri"] == "sip:sip.example.com:5060"
    assert made["registration"]["client_uri"] == "sip:556414322@sip.example.com"
    assert (made["auth"]["username"], made["auth"]["password"]) == ("556414322", SECRET.replace(";", r"\;"))
    assert made["endpoint"]["outbound_auth"] == made["registration"]["outbound_auth"] == "trunk-operator-account"


def test_an_ip_trunk_is_known_by_its_address_alone(tmp_path: Path) -> None:
    made = sections(all_trunks(tmp_path)["ip"])
    assert made["identify"]["match"] == "192.0.2.10"
    assert "outbound_auth" not in made["endpoint"]


def test_a_secure_trunk_checks_the_peer_and_encrypts_speech(tmp_path: Path) -> None:
    made = sections(all_trunks(tmp_path)["mutual"])
    assert (made["transport"]["protocol"], made["transport"]["verify_server"]) == ("tls", "yes")
    assert made["transport"]["ca_list_file"] == str(tmp_path / "operator-ca.pem")
    assert made["transport"]["cert_file"] == str(tmp_path / "town.pem")
    assert made["transport"]["priv_key_file"] == str(tmp_path / "town.key")
    assert made["endpoint"]["media_encryption"] == "sdes"
    assert made["aor"]["contact"] == r"sip:192.0.2.20:5061\;transport=tls"


def test_a_gateway_to_analogue_lines_is_asked_as_its_settings_on_the_page_expect(tmp_path: Path) -> None:
    """No account, A-law, keys by RFC 4733, the whole number in the request, and time enough for a slow exchange."""
    gateway = all_trunks(tmp_path)["gateway"]
    made = sections(gateway)
    assert made["aor"]["contact"] == "sip:192.168.1.50:5060"
    assert made["identify"]["match"] == "192.168.1.50"
    assert (made["endpoint"]["allow"].split(",")[0], made["endpoint"]["dtmf_mode"]) == ("alaw", "rfc4733")
    assert (made["endpoint"]["media_encryption"], "outbound_auth" in made["endpoint"]) == ("no", False)
    assert int(made["aor"]["qualify_frequency"]) > 0  # a box that is off is known before a call is tried
    fields = called(gateway, "+420556414323")
    assert fields["Channel"] == "PJSIP/+420556414323@trunk-gateway"
    assert fields["Timeout"] == "40000"
