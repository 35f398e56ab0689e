"""Settings: the file, the variables over it, and what an error says. The example can never go stale."""

import re
import tomllib
from pathlib import Path
from typing import Any

import pytest
from pydantic import BaseModel

from announcements.resend import ResendPolicy
from channels.kannel import KannelSettings
from dialer.trunk import Trunk
from service.asterisk import AsteriskSettings
from service.complaints import FORMS, keys
from service.loading import load_settings
from service.sections import StoreSettings
from service.settings import Settings
from store.errors import SettingsError

GUIDE = Path(__file__).parents[2] / "docs" / "sms.md"
EXAMPLE = Path(__file__).parents[2] / "hlasatel.example.toml"
TRUNK = '[[trunks]]\nname = "a"\nhost = "b"\n'
SECRET = "velmi-tajne"


@pytest.fixture(autouse=True)
def _elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Another folder, so that relative paths show where they are counted from."""
    monkeypatch.chdir(tmp_path)


def load(tmp_path: Path, text: str) -> Settings:
    (tmp_path / "etc").mkdir(exist_ok=True)
    file = tmp_path / "etc" / "town.toml"
    file.write_text(text, encoding="utf-8")
    return load_settings(file)


def refusal(tmp_path: Path, text: str) -> str:
    with pytest.raises(SettingsError) as refused:
        load(tmp_path, text)
    return str(refused.value)


BAD = {
    "[town]\nname = 5": ("town.name: must be a text in quotes (it is 5)",),
    '[town]\nname = "a\\nb"': ("town.name: must be one line",),
    '[town]\nnome = "a"': ("town.nome: there is no such key; did you mean name?",),
    '[twn]\nname = "a"': ("twn: there is no such key; did you mean town?",),
    '_env_file = "/etc/passwd"': ("_env_file: there is no such key",),
    "self = 1": ("self: there is no such key",),
    "town = 5": ("town: must be a section",),
    '[town]\ncountry = "QQ"': ("town.country: must be the two capital letters",),
    '[town]\nlanguage = "čs"': ("town.language: must be the two small letters",),
    '[town]\ntimezone = "../etc/passwd"': ("town.timezone: must be the name of a time zone",),
    '[town]\ncurrency = "Kč"': ("town.currency: must be the three capital letters of a currency",),
    '[town]\nphone = "556400001"': ("town.phone: must be a number such as +420556400001",),
    '[town]\nphone = "+420556400001\\r\\nX: y"': ("town.phone: must be a number",),
    '[store]\nurl = ""': ("store.url: must be sqlite:///FILE or postgresql://",),
    '[store]\nurl = "sqlite://"': ("store.url: must be sqlite:///FILE",),
    f'[store]\nurl = "mysql://root:{SECRET}@a/b"': ("store.url: must be sqlite:///FILE",),
    f'[store]\nurl = "postgresql://root:{SECRET}@a:x/b"': ("store.url: must be sqlite:///FILE",),
    "[asterisk]\nsip_port = 99999": ("asterisk.sip_port: must be less than or equal to 65535 (it is 99999)",),
    '[asterisk]\nsip_port = "x"': ("asterisk.sip_port: must be a whole number (it is 'x')",),
    "[asterisk]\nsip_port = 10500": ("asterisk.rtp_ports: must not have sip_port among them",),
    "[asterisk]\nrtp_ports = [20000]": ("asterisk.rtp_ports (no. 2): is missing",),
    "[asterisk]\nrtp_ports = [20000, 10000]": ("asterisk.rtp_ports: must be a first and a last port",),
    "[asterisk]\nagi_port = 5038": ("asterisk.agi_port: must not be ami_port",),
    '[asterisk]\nmanaged = "maybe"': ("asterisk.managed: must be true or false",),
    "[asterisk]\nmanaged = false": ("asterisk.ami_secret: is needed where managed = false",),
    f'[asterisk]\nami_secret = "{SECRET}\\r\\nAction: x"': ("asterisk.ami_secret: must not have a line break",),
    f'[asterisk]\nami_secret = ["{SECRET}"]': ("asterisk.ami_secret: must be a text",),
    f'[asterisk]\nami_secret = "{SECRET}"\nrtp_ports = [9, 1]': ("asterisk.rtp_ports",),
    f'[asterisk]\nami_secrett = "{SECRET}"': ("asterisk.ami_secrett: there is no such key; did you mean ami_secret?",),
    '[asterisk]\nami_user = "a]\\n[b"': ("asterisk.ami_user: must be letters",),
    '[asterisk]\nami_host = "a;b"': ("asterisk.ami_host: must be a host name",),
    '[asterisk]\nagi_host = "a,${SYSTEM(id)}"': ("asterisk.agi_host: must be a host name",),
    '[asterisk]\nsip_bind = "venku"': ("asterisk.sip_bind: must be an IP address, or empty (it is 'venku')",),
    '[trunks]\nname = "a"': ("trunks: must be a list",),
    f'[[trunks]]\nname = "a"\npassword = "{SECRET}"': ("trunks.host (no. 1): is missing",),
    f'{TRUNK}pasword = "{SECRET}"': ("trunks.pasword (no. 1): there is no such key; did you mean password?",),
    f"{TRUNK}password = 5": ("trunks.password (no. 1): must be a text in quotes",),
    TRUNK + TRUNK: ("trunks: two of them have the name a",),
    f'{TRUNK}[[trunks]]\nname = "b]"\nhost = "c"': ("trunks.name (no. 2): must be letters",),
    '[[trunks]]\nname = "a"\nhost = "b,c&d"': ("trunks.host (no. 1): must be a host name",),
    f'{TRUNK}username = "u\\nx"': ("trunks.username (no. 1): must be letters",),
    f'{TRUNK}caller_id = "${{SYSTEM(id)}}"': ("trunks.caller_id (no. 1): must be a number",),
    f'{TRUNK}prefixes = "+420"': ("trunks.prefixes (no. 1): must be a list in square brackets",),
    f'{TRUNK}prefixes = ["+420", "0"]': ("trunks.prefixes (no. 1, no. 2): must be the beginning of a number",),
    f"{TRUNK}calls_per_second = 0": ("trunks.calls_per_second (no. 1): must be greater than 0",),
    f'{TRUNK}prefixes = ["+420", "+421"]': ("trunks: prefix +421 of a leads abroad: set its allow_foreign = true",),
    f"{TRUNK}srtp = true": ('trunks.srtp (no. 1): needs transport = "tls"',),
    f'{TRUNK}cert_file = "a.pem"': ("trunks.key_file (no. 1): is needed with cert_file",),
    f"{TRUNK}daily_spend_cap = 5": ("trunks.daily_spend_cap (no. 1): needs price_per_minute",),
    f"{TRUNK}price_per_call = -1": ("trunks.price_per_call (no. 1): must be greater than or equal to 0",),
    f"{TRUNK}billing_seconds = [60, 0]": ("trunks.billing_seconds (no. 1, no. 2): must be greater than",),
    f"{TRUNK}lines = 1.5": ("trunks.lines (no. 1): must be a whole number",),
    '[speech]\nengines = ["fest"]': ("speech.engines (no. 1): must be 'piper', 'festival', 'rhvoice',",),
    "[speech]\nrate = 9": ("speech.rate: must be less than or equal to 1.5",),
    "[dialer.retries]\nbusy = 1": ("dialer.retries.busy: there is no such key; did you mean busy_seconds?",),
    "[dialer]\nretries = 1": ("dialer.retries: must be a section",),
    '[bounces]\nhost = "imap.example.cz"': ("bounces: nothing can come back, for no e-mail is sent",),
    '[bounces]\nhost = "imap.example.cz"\nsecurity = "none"': ("bounces.security: must be tls or starttls, except",),
    '[bounces]\nfolder = "Nedoručené"': ("bounces.folder: must be the name of a folder",),
    '[town]\nname = 5\n[asterisk]\nsip_port = "x"': ("town.name: ", "asterisk.sip_port: "),
    "[town": ("town.toml: Expected ']'", "mend the TOML"),
}


@pytest.mark.parametrize("text", BAD)
def test_an_error_names_the_key_and_the_reason_and_shows_no_secret(tmp_path: Path, text: str) -> None:
    said = refusal(tmp_path, text)
    for expected in BAD[text]:
        assert expected in said
    assert "town.toml" in said
    assert SECRET not in said


@pytest.mark.parametrize("name", ["neni.toml", "."])
def test_a_settings_file_that_cannot_be_read_is_named(tmp_path: Path, name: str) -> None:
    with pytest.raises(SettingsError, match=rf"{re.escape(str(tmp_path / name))}: .* — name the settings file with -c"):
        load_settings(tmp_path / name)


def test_a_settings_file_that_is_not_utf_8_is_named(tmp_path: Path) -> None:
    (tmp_path / "stare.toml").write_bytes('[town]\nname = "Žďár"'.encode("cp1250"))
    with pytest.raises(SettingsError, match=r"stare\.toml: not UTF-8 at byte 15 — save it as UTF-8"):
        load_settings(tmp_path / "stare.toml")


def test_a_byte_order_mark_is_passed_over(tmp_path: Path) -> None:
    assert load(tmp_path, '\ufeff[town]\nname = " Žďár nad Sázavou "').town.name == "Žďár nad Sázavou"


def test_relative_paths_are_counted_from_the_folder_of_the_file(tmp_path: Path) -> None:
    made = load(tmp_path, '[store]\nurl = "sqlite:///data/a.db"\n[asterisk]\nfolder = "ast"\n[speech]\nlibrary = "lib"')
    here = tmp_path / "etc"
    assert made.store.file == here / "data/a.db"
    assert (made.asterisk.folder, made.speech.library) == (here / "ast", here / "lib")


def test_absolute_paths_and_postgresql_stay_as_they_are(tmp_path: Path) -> None:
    url = f"postgresql://u:{SECRET}@db/town"
    made = load(tmp_path, f'[store]\nurl = "{url}"\n[asterisk]\nfolder = "/srv/ast"\n[speech]\nlibrary = "/srv/lib"')
    assert (made.store.url, made.store.file) == (url, None)
    assert (made.asterisk.folder, made.speech.library) == (Path("/srv/ast"), Path("/srv/lib"))
    assert StoreSettings(url="sqlite:////srv/a.db").anchored(tmp_path).file == Path("/srv/a.db")


def test_a_folder_with_strange_letters_keeps_its_name(tmp_path: Path) -> None:
    strange = tmp_path / "žluť ?#%41 @"
    assert StoreSettings(url="sqlite:///a.db").anchored(strange).file == strange / "a.db"


def test_without_a_file_the_one_in_this_folder_counts_else_the_defaults(tmp_path: Path) -> None:
    assert load_settings(None).town.name == ""
    (tmp_path / "hlasatel.toml").write_text('[town]\nname = "Zde"')
    assert load_settings(None).town.name == "Zde"


def test_secrets_come_from_files_beside_the_settings(tmp_path: Path) -> None:
    (tmp_path / "etc").mkdir()
    (tmp_path / "etc" / "ami").write_text(f"{SECRET}\n")
    (tmp_path / "heslo").write_text("jine\n")
    file = tmp_path / "etc" / "town.toml"
    file.write_text(f'[asterisk]\nami_secret_file = "ami"\n{TRUNK}password_file = "{tmp_path}/heslo"\n')
    made = load_settings(file)
    assert made.asterisk.ami_secret.get_secret_value() == SECRET
    assert made.trunks[0].password.get_secret_value() == "jine"
    assert SECRET not in repr(made)


def test_a_secret_file_that_cannot_be_read_is_named(tmp_path: Path) -> None:
    assert "trunks.password_file: " in refusal(tmp_path, f'{TRUNK}password_file = "neni"')


def test_a_secret_file_that_is_no_text_is_named(tmp_path: Path) -> None:
    (tmp_path / "bin").write_bytes(b"\xff\xfe")
    said = refusal(tmp_path, f'[asterisk]\nami_secret_file = "{tmp_path}/bin"')
    assert "asterisk.ami_secret_file: " in said
    assert "not UTF-8" in said


def test_variables_win_over_the_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HLASATEL_TOWN__NAME", "Z proměnné")
    monkeypatch.setenv("HLASATEL_ASTERISK__RTP_PORTS", "[20000, 20999]")
    monkeypatch.setenv("HLASATEL_DIALER__RETRIES__BUSY_SECONDS", "7")
    monkeypatch.setenv("HLASATEL_TRUNKS", '[{"name": "z", "host": "y", "prefixes": ["+421"]}]')
    monkeypatch.setenv("HLASATEL_ASTERISK__SIP_PORT", "")
    made = load(tmp_path, f'[town]\nname = "a"\ncountry = "SK"\n[asterisk]\nsip_port = 5070\n{TRUNK}')
    assert (made.town.name, made.town.country) == ("Z proměnné", "SK")
    assert (made.asterisk.rtp_ports, made.asterisk.sip_port) == ((20000, 20999), 5070)
    assert made.dialer.retries.busy_seconds == 7
    assert [trunk.name for trunk in made.trunks] == ["z"]


@pytest.mark.parametrize(
    ("name", "value", "said"),
    [
        ("HLASATEL_TOWN__NOME", "x", "HLASATEL_TOWN__NOME: there is no such key; did you mean name?"),
        ("HLASATEL_TWN__NAME", "x", "HLASATEL_TWN__NAME: there is no such key; did you mean town?"),
        ("HLASATEL_ASTERISK_SIP_PORT", "1", "there is no such key; did you mean asterisk? — write HLASATEL_SECTION__"),
        ("HLASATEL_ASTERISK__SIP_PORT", "x", "HLASATEL_ASTERISK__SIP_PORT: must be a whole number (it is 'x')"),
        ("HLASATEL_ASTERISK__AMI_SECRET", f" {SECRET}", "HLASATEL_ASTERISK__AMI_SECRET: must not have"),
        (
            "HLASATEL_SPEECH__ENGINES",
            "festival",
            'HLASATEL_SPEECH__ENGINES: is no JSON — write lists as JSON, such as ["',
        ),
        ("HLASATEL_TRUNKS", SECRET, "HLASATEL_TRUNKS: is no JSON"),
        ("HLASATEL_TOWN", '{"name": 5}', "town.name: must be a text in quotes"),
    ],
)
def test_a_bad_variable_is_named(monkeypatch: pytest.MonkeyPatch, name: str, value: str, said: str) -> None:
    monkeypatch.setenv(name, value)
    with pytest.raises(SettingsError) as refused:
        load_settings(None)
    assert said in str(refused.value)
    assert SECRET not in str(refused.value)


def test_variables_of_the_launcher_are_no_settings(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HLASATEL_VENV", "/srv/venv")
    monkeypatch.setenv("HLASATEL_PYTHON", "python3.13")
    assert load_settings(None).model_dump() == Settings().anchored(Path()).model_dump()


def test_one_port_may_serve_two_hosts() -> None:
    made = AsteriskSettings.model_validate({"agi_port": 5038, "agi_host": "10.0.0.1"})
    assert made.agi_port == made.ami_port


def test_every_pattern_of_a_key_is_put_into_words() -> None:
    patterned = {key for key in keys(Settings) if "pattern" in str(_schema(Settings, key.split(".")))}
    assert patterned == FORMS.keys()


def test_the_example_has_every_key_with_its_default() -> None:
    example = tomllib.loads(EXAMPLE.read_text(encoding="utf-8"))
    example["town"]["name"] = ""  # a name of its own makes the example readable
    # Shown behind #, each in its place.
    shown: dict[str, Any] = {"trunks": True, "sms": True, "inboxes": True}
    shown |= {"email": {"ca_file"}, "bounces": {"ca_file"}}
    assert example == _plain(Settings().model_dump(exclude=shown))


def test_the_example_shows_every_key_of_a_trunk_with_its_default(tmp_path: Path) -> None:
    shown = tomllib.loads(_commented_trunk())
    defaults = _plain(Trunk(name=shown["name"], host=shown["host"]).model_dump())
    assert list(shown) == list(defaults)
    # These show a form, for an empty one would say nothing.
    forms = {key for key, default in defaults.items() if default is None} | {"caller_id"}
    assert {key: value for key, value in shown.items() if key not in forms} == {
        key: default for key, default in defaults.items() if key not in forms
    }
    (read,) = load(tmp_path, f"[[trunks]]\n{_commented_trunk()}").trunks
    assert read.caller_id == shown["caller_id"]


def test_the_example_shows_every_key_of_a_carrier_with_its_default(tmp_path: Path) -> None:
    (tmp_path / "etc").mkdir()
    (tmp_path / "etc" / "kannel.password").write_text("tajne")
    shown = tomllib.loads(_commented("sms"))
    (read,) = load(tmp_path, f"[[sms]]\n{_commented('sms')}").sms
    defaults = KannelSettings.model_validate({"adapter": "kannel", "name": "x", "username": "x", "password": "x"})
    assert {key.removesuffix("_file") for key in shown} == set(KannelSettings.model_fields)
    # These have no default that would do.
    own = {"name", "username", "password", "sender"}
    assert read.model_dump(exclude=own | {"retries"}) == defaults.model_dump(exclude=own | {"retries"})
    assert read.retries == ResendPolicy()


@pytest.mark.parametrize("number", range(4))
def test_the_carriers_of_the_guide_can_be_read(tmp_path: Path, number: int) -> None:
    section = GUIDE.read_text("utf-8").split("```toml\n[[sms]]\n")[number + 1].partition("```")[0]
    (tmp_path / "etc").mkdir()
    for name in re.findall(r'_file = "(.*)"', section):
        (tmp_path / "etc" / name).write_text("tajne")
    (read,) = load(tmp_path, f"[[sms]]\n{section}").sms
    assert read.adapter == ("kannel", "gammu", "http", "http")[number]


def test_certificates_lie_beside_the_settings(tmp_path: Path) -> None:
    (read,) = load(tmp_path, f'{TRUNK}transport = "tls"\nca_file = "operator.pem"').trunks
    assert read.ca_file == tmp_path / "etc" / "operator.pem"


def _commented_trunk() -> str:
    return _commented("trunks")


def _commented(section: str) -> str:
    """The keys of the section that the example shows behind ``#``, its remarks left out."""
    commented = EXAMPLE.read_text(encoding="utf-8").partition(f"# [[{section}]]\n")[2].partition("\n\n")[0]
    return "\n".join(line.removeprefix("# ") for line in commented.splitlines() if not line.startswith("# #"))


def _plain(value: Any) -> Any:
    """As TOML has it."""
    if isinstance(value, dict):
        return {key: _plain(one) for key, one in value.items()}
    if isinstance(value, tuple):
        return [_plain(one) for one in value]
    if hasattr(value, "get_secret_value"):
        return value.get_secret_value()
    return str(value) if isinstance(value, Path) else value


def _schema(model: type[BaseModel], path: list[str]) -> object:
    """JSON schema of one key, its references not followed."""
    schema = model.model_json_schema()
    part: dict[str, Any] = schema
    for name in path:
        part = part["properties"][name]
        inner = part.get("items", part)
        kinds = [inner, *inner.get("allOf", ()), *inner.get("anyOf", ()), *inner.get("oneOf", ())]
        references = [kind["$ref"].rpartition("/")[2] for kind in kinds if "$ref" in kind]
        if references:  # of several kinds, all that any of them has
            found = [schema["$defs"][one] for one in references]
            part = {"properties": {key: its for one in found for key, its in one.get("properties", {}).items()}}
    return "" if "properties" in part else part
