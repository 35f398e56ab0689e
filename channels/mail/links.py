"""Links in e-mails, signed, so that nobody can make one up for somebody else."""

from typing import Any

from itsdangerous import BadSignature, URLSafeSerializer

_UNSUBSCRIBE = "unsubscribe"
_RECORDING = "recording"


class Links:
    """``public_url``: where the door is reached from the internet, without a path; empty: there are no links."""

    def __init__(self, public_url: str, secret: str) -> None:
        self._url = public_url.rstrip("/")
        self._secret = secret

    @property
    def there(self) -> bool:
        return bool(self._url and self._secret)

    def unsubscribe(self, delivery_id: int, address: str) -> str:
        """To leave by, for those whom this delivery went to at this address. It never ends."""
        return self._link(_UNSUBSCRIBE, [delivery_id, address])

    def read_unsubscribe(self, token: str) -> tuple[int, str] | None:
        """The delivery and the address; None for a token that is not ours."""
        match self._read(_UNSUBSCRIBE, token):
            case [int(delivery_id), str(address)]:
                return delivery_id, address
            case _:
                return None

    def recording(self, key: str) -> str:
        return self._link(_RECORDING, key)

    def read_recording(self, token: str) -> str | None:
        key = self._read(_RECORDING, token)
        return key if isinstance(key, str) else None

    def _link(self, kind: str, what: object) -> str:
        return f"{self._url}/{kind}/{URLSafeSerializer(self._secret, salt=kind).dumps(what)}"

    def _read(self, kind: str, token: str) -> Any:
        if not self._secret:
            return None
        try:
            return URLSafeSerializer(self._secret, salt=kind).loads(token)
        except BadSignature:
            return None
