"""How the landlines' network lets callers in: by address, or by an account, as operators do; plainly, or over TLS."""

from dataclasses import dataclass
from pathlib import Path
from string import Template

from dialplans.names import conf

OPEN = "network"
ACCOUNT_MODULES = ("res_pjsip_endpoint_identifier_user.so", "res_pjsip_registrar.so")
SRTP_MODULES = ("res_srtp.so",)


@dataclass(frozen=True)
class Account:
    """What a caller has to register and to authenticate with; plain words both."""

    username: str
    password: str


@dataclass(frozen=True)
class Secured:
    """A TLS port beside the plain one, with the network's certificate and key (PEM). Speech is encrypted too (SRTP)."""

    port: int
    cert_file: Path
    key_file: Path


@dataclass(frozen=True)
class Network:
    """Without an account, whoever calls from this machine is let in."""

    account: Account | None = None
    secured: Secured | None = None

    @property
    def modules(self) -> tuple[str, ...]:
        """What it needs beyond the landlines' own list."""
        return (ACCOUNT_MODULES if self.account else ()) + (SRTP_MODULES if self.secured else ())

    def pjsip(self, sip_port: int) -> str:
        """Text of pjsip.conf."""
        parts = [_filled("pjsip", sip_port=sip_port)]
        if tls := self.secured:
            parts.append(_filled("pjsip-tls", tls_port=tls.port, cert_file=tls.cert_file, key_file=tls.key_file))
        name = self.account.username if self.account else OPEN
        parts.append(_filled("pjsip-network", name=name, media_encryption="sdes" if self.secured else "no"))
        if self.account:
            parts.append(_filled("pjsip-account", name=name, password=self.account.password))
        else:
            parts.append(_filled("pjsip-open", name=name))
        return "".join(parts)


def _filled(template: str, **values: object) -> str:
    return Template(conf(f"landlines/{template}.conf")).substitute(values)
