"""The configuration of our managed Asterisk: the one that calls the town."""

import ipaddress
import re
from collections.abc import Mapping, Sequence
from string import Template

from dialer.trunk import Trunk
from dialplans.names import REPORTED, conf
from store.errors import SettingsError

STATIC = ("amd.conf", "extensions.conf", "modules.conf")
ANNOUNCEMENT_PLAN = "extensions-hlasatel.conf"
USER = re.compile(r"[A-Za-z][A-Za-z0-9_-]{0,39}")


def managed_files(
    trunks: Sequence[Trunk],
    *,
    sip_port: int,
    rtp_ports: tuple[int, int],
    ami_port: int,
    ami_user: str,
    ami_secret: str,
    bind: str | None = None,
) -> dict[str, str]:
    """Text by file name, for ``Asterisk``.

    ``rtp_ports``: first and last. ``bind``: the address SIP listens on; None: loopback where all trunks are there,
    else all. Raises SettingsError for a value that would break out of its line.
    """
    if not USER.fullmatch(ami_user):
        raise SettingsError("asterisk.ami_user: letters, digits, _ and - only")
    manager = {
        "ami_port": ami_port,
        "ami_user": ami_user,
        "ami_secret": value("asterisk.ami_secret", ami_secret),
        "channelvars": ",".join(REPORTED),
    }
    rtp_first, rtp_last = rtp_ports
    return {
        **{name: conf(f"managed/{name}") for name in STATIC},
        ANNOUNCEMENT_PLAN: conf(ANNOUNCEMENT_PLAN),
        "manager.conf": _filled("manager", manager),
        "rtp.conf": _filled("rtp", {"rtp_first": rtp_first, "rtp_last": rtp_last}),
        "pjsip.conf": _pjsip(trunks, bind or _address_to_bind(trunks), sip_port),
    }


def value(key: str, text: str) -> str:
    """``text`` as Asterisk's configuration parser gives it back: ``;`` begins a comment unless escaped.

    Raises SettingsError for what no escape can carry.
    """
    if not text or not text.isprintable() or text != text.strip():
        raise SettingsError(f"{key}: empty, or with a line break or a blank at an end", mend="choose another one")
    return text.replace(";", r"\;")


def _pjsip(trunks: Sequence[Trunk], bind: str, sip_port: int) -> str:
    head = _filled("pjsip", {"bind": _bracketed(bind), "sip_port": sip_port})
    return "\n".join([head, *map(_trunk, trunks)])


def _trunk(trunk: Trunk) -> str:
    address = f"{_bracketed(trunk.host)}:{trunk.port}"
    user, _, domain = trunk.username.partition("@")
    common = {"name": trunk.name, "host": trunk.host, "address": address}
    # A peer that knows us by an account wants it in From; the number shown then goes in P-Asserted-Identity.
    endpoint = _filled("pjsip-trunk", {**common, "from_user": user or trunk.caller_id})
    if not user:
        return endpoint
    account = {
        "username": trunk.username,
        "password": value(f"trunks.{trunk.name}.password", trunk.password.get_secret_value()),
        "user": user,
        "domain": domain or _bracketed(trunk.host),
    }
    return endpoint + _filled("pjsip-account", {**common, **account})


def _filled(name: str, values: Mapping[str, object]) -> str:
    return Template(conf(f"managed/{name}.conf")).substitute(values)


def _address_to_bind(trunks: Sequence[Trunk]) -> str:
    return "127.0.0.1" if all(_on_loopback(trunk.host) for trunk in trunks) else "0.0.0.0"  # noqa: S104


def _on_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _bracketed(host: str) -> str:
    return f"[{host}]" if ":" in host else host
