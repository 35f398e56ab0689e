"""The configuration of our managed Asterisk: the one that calls the town."""

import ipaddress
import re
import ssl
from collections.abc import Mapping, Sequence
from string import Template

from dialer.trunk import Transport, Trunk
from dialplans.names import REPORTED, conf
from store.errors import SettingsError

STATIC = ("amd.conf", "extensions.conf")
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
        "modules.conf": _modules(trunks),
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


def _modules(trunks: Sequence[Trunk]) -> str:
    srtp = "require = res_srtp.so\n" if any(trunk.srtp for trunk in trunks) else ""
    return conf("managed/modules.conf") + srtp


def _pjsip(trunks: Sequence[Trunk], bind: str, sip_port: int) -> str:
    common = {"bind": _bracketed(bind), "sip_port": sip_port}
    protocols = {Transport.UDP, *(trunk.transport for trunk in trunks)} - {Transport.TLS}
    return "\n".join(
        [
            conf("managed/pjsip.conf"),
            *(_filled("pjsip-transport", {**common, "protocol": protocol}) for protocol in sorted(protocols)),
            *(_trunk(trunk, bind) for trunk in trunks),
        ]
    )


def _trunk(trunk: Trunk, bind: str) -> str:
    user, _, domain = trunk.username.partition("@")
    secure = trunk.transport is Transport.TLS
    common = {
        "name": trunk.name,
        "host": trunk.host,
        "address": f"{_bracketed(trunk.host)}:{trunk.port}",
        # UDP is what SIP takes where nothing is said.
        "parameter": "" if trunk.transport is Transport.UDP else rf"\;transport={trunk.transport}",
        "transport": f"trunk-{trunk.name}-tls" if secure else f"transport-{trunk.transport}",
        "codecs": ",".join(trunk.codecs),
        "media_encryption": "sdes" if trunk.srtp else "no",
        # A peer that knows us by an account wants it in From; the number shown then goes in P-Asserted-Identity.
        "from_user": user or trunk.caller_id,
    }
    parts = [_tls(trunk, bind)] if secure else []
    parts.append(_filled("pjsip-trunk", common))
    if user:
        parts.append(_filled("pjsip-account", {**common, **_account(trunk, user, domain)}))
    return "".join(parts)


def _account(trunk: Trunk, user: str, domain: str) -> dict[str, str]:
    return {
        "account": trunk.account,
        "username": trunk.username,
        "password": value(f"trunks.{trunk.name}.password", trunk.password.get_secret_value()),
        "user": user,
        "domain": domain or _bracketed(trunk.host),
    }


def _tls(trunk: Trunk, bind: str) -> str:
    """Raises SettingsError where there is nobody to vouch for the peer."""
    trusted = ("ca_list_file", trunk.ca_file) if trunk.ca_file else ("ca_list_path", _machine_trusts(trunk))
    files = [trusted, ("cert_file", trunk.cert_file), ("priv_key_file", trunk.key_file)]
    lines = [f"{name} = {value(f'trunks.{trunk.name}.{name}', str(file))}\n" for name, file in files if file]
    return _filled("pjsip-tls", {"name": trunk.name, "bind": _bracketed(bind), "certificates": "".join(lines)})


def _machine_trusts(trunk: Trunk) -> str:
    """The folder of certificates that this machine's own OpenSSL trusts."""
    folder = ssl.get_default_verify_paths().capath
    if folder is None:
        raise SettingsError(
            f"trunks.{trunk.name}.ca_file: none is given, and this machine trusts nobody",
            mend="install ca-certificates, or name the operator's CA file",
        )
    return folder


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
