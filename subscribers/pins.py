"""PINs: four to eight digits that one person knows. Only a salted hash of it is kept."""

import hashlib
import hmac
import re
import secrets

from store.errors import InputError

FORM = re.compile(r"[0-9]{4,8}")
# scrypt (RFC 7914): about 50 ms and 16 MB a try. A stolen store shall not give the few possible PINs away at once.
COST, BLOCK, PARALLEL = 2**14, 8, 1
_SALT_BYTES = 16


def check_pin(pin: str) -> str:
    """The PIN, if nobody guesses it at once. Raises InputError, which does not repeat it."""
    if not FORM.fullmatch(pin):
        raise InputError("a PIN has four to eight digits", mend="choose digits that you will remember")
    if len(set(pin)) == 1 or pin in "0123456789" or pin in "9876543210":
        raise InputError(
            "this PIN is the first that anybody would try", mend="choose digits that do not follow in a row"
        )
    return pin


def hash_pin(pin: str) -> str:
    """Slow on purpose: in a service, call it in a thread. Raises InputError for a PIN that is none, or too easy."""
    salt = secrets.token_bytes(_SALT_BYTES)
    return f"{salt.hex()}:{_digest(check_pin(pin), salt).hex()}"


def pin_matches(pin: str, hashed: str) -> bool:
    """Slow on purpose: in a service, call it in a thread."""
    salt, _, digest = hashed.partition(":")
    return hmac.compare_digest(_digest(pin, bytes.fromhex(salt)), bytes.fromhex(digest))


def _digest(pin: str, salt: bytes) -> bytes:
    return hashlib.scrypt(pin.encode(), salt=salt, n=COST, r=BLOCK, p=PARALLEL)
