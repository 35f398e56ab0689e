"""The benchmarks' look at the processors: what each part of a run has used."""

import subprocess
import sys
import time

import pytest

from benchmarks.processor import OURSELVES, spent, used

BUSY = "import time\nwhile time.process_time() < 0.3: pass\nprint(flush=True)\ntime.sleep(60)"
MILLISECONDS = 300


def burn() -> None:
    until = time.process_time() + MILLISECONDS / 1000
    while time.process_time() < until:
        pass


@pytest.mark.parametrize(("arguments", "part"), [((), "Asterisk"), (("sipp",), "network")])
def test_we_and_a_child_are_told_apart(arguments: tuple[str, ...], part: str) -> None:
    before = used({})
    with subprocess.Popen([sys.executable, "-c", BUSY, *arguments], stdout=subprocess.PIPE) as child:
        assert child.stdout is not None
        child.stdout.readline()
        burn()
        found = spent(before, used({}))
        named = used({"database": child.pid})
        child.kill()
    assert found[part] >= MILLISECONDS - 20
    assert found[OURSELVES] >= MILLISECONDS - 20
    assert named["database"] >= MILLISECONDS - 20
