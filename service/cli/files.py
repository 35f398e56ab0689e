"""Files that a person names: read whole, or written whole or not at all."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from store.errors import InputError

OWNER_ONLY = 0o600
EVERYBODY = 0o666  # less what the umask takes away


def read_file(file: Path) -> bytes:
    """Raises InputError where it cannot be read."""
    with _refused(file, "give a file that can be read"):
        return file.read_bytes()


def read_text(file: Path) -> str:
    """Raises InputError where it cannot be read or is not UTF-8."""
    try:
        return read_file(file).decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise InputError(f"{file}: not UTF-8 at byte {error.start}", mend="save it as UTF-8") from error


def write_file(file: Path, data: bytes, mode: int = EVERYBODY) -> None:
    """An older file of that name stays as it is until the new one is whole.

    Raises InputError where it cannot be written.
    """
    with _refused(file, "give a path that can be written, on a disk with room"):
        if file.exists() and not file.is_file():  # a device such as /dev/stdout; a folder refuses by itself
            file.write_bytes(data)
            return
        target = file.resolve()
        part = target.with_name(f".{target.name}.part")
        try:
            part.touch(mode)
            part.write_bytes(data)
            part.replace(target)
        finally:
            part.unlink(missing_ok=True)


def make_folder(folder: Path) -> None:
    """Raises InputError where it cannot be made."""
    with _refused(folder, "give a folder, or the path of a new one"):
        folder.mkdir(parents=True, exist_ok=True)


@contextmanager
def _refused(path: Path, mend: str) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise InputError(f"{path}: {error.strerror}", mend=mend) from error
    except ValueError as error:  # a zero byte in the path
        raise InputError(f"{str(path)!r}: {error}", mend=mend) from error
