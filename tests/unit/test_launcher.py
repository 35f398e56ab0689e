"""The launcher, among stand-ins for apt, sudo, dpkg and Python that write down how they were called."""

import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PACKAGES = "festival festival-czech festvox-czech-dita espeak-ng sox ffmpeg ca-certificates"

TEST_PACKAGES = "kannel kannel-extras gammu-smsd libdbd-sqlite3 dovecot-imapd"

# What the stand-ins do; each first writes its call down.
DPKG_QUERY = 'for p in $INSTALLED; do echo "installed $p"; done; echo "not-installed sox"'
PYTHON = """case "$*" in
  -V) echo "Python $VERSION" ;;
  "-m venv --clear "*)
    rm -rf "$4"; mkdir -p "$4/bin"; touch "$4/pyvenv.cfg"; cp "$0" "$4/bin/python"
    printf '#!/bin/sh\\necho "$@"\\n' >"$4/bin/hlasatel"; chmod +x "$4/bin/hlasatel" ;;
  *" -r "*) exit $PIP_EXIT ;;
esac"""


@dataclass
class Machine:
    folder: Path
    variables: dict[str, str]

    @property
    def checkout(self) -> Path:
        return self.folder / "checkout"

    @property
    def calls(self) -> list[str]:
        """All calls so far of what installs something."""
        log = self.folder / "calls"
        return log.read_text().splitlines() if log.exists() else []

    def put(self, name: str, body: str, *, recorded: bool = True) -> None:
        record = f'echo "{name} $*" >>"{self.folder}/calls"\n' if recorded else ""
        command = self.folder / "bin" / name
        command.write_text(f"#!/bin/bash\n{record}{body}\n")
        command.chmod(0o755)

    def begin(self, *arguments: str, launcher: Path | None = None, **variables: str) -> subprocess.Popen[str]:
        return subprocess.Popen(
            [launcher or self.checkout / "hlasatel", *arguments],
            env=self.variables | variables,
            cwd=self.folder,
            text=True,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
        )

    def start(
        self, *arguments: str, launcher: Path | None = None, **variables: str
    ) -> subprocess.CompletedProcess[str]:
        process = self.begin(*arguments, launcher=launcher, **variables)
        out, err = process.communicate(timeout=60)
        return subprocess.CompletedProcess(process.args, process.returncode, out, err)


@pytest.fixture
def machine(tmp_path: Path) -> Machine:
    path = f"{tmp_path}/bin:/usr/bin:/bin"
    machine = Machine(
        tmp_path,
        {
            "PATH": path,
            "HOME": str(tmp_path),
            "INSTALLED": f"{PACKAGES} {TEST_PACKAGES}",
            "VERSION": "3.13.1",
            "PIP_EXIT": "0",
        },
    )
    machine.checkout.mkdir()
    (tmp_path / "bin").mkdir()
    for file in (ROOT / "hlasatel", ROOT / "pyproject.toml", *ROOT.glob("requirements*.lock")):
        shutil.copy(file, machine.checkout)
    machine.put("id", "echo 1000", recorded=False)
    machine.put("dpkg-query", DPKG_QUERY, recorded=False)
    machine.put("apt-get", "exit 0")
    machine.put("sudo", "exit 1", recorded=False)
    machine.put("python3.13", PYTHON)
    return machine


def installs(machine: Machine) -> list[str]:
    """The lock files that pip installed from, without their folder."""
    return [call.rpartition("/")[2] for call in machine.calls if " -r " in call]


def test_first_start_makes_the_virtualenv_from_the_lock_and_runs_the_command(machine: Machine) -> None:
    started = machine.start("demo", "--json")

    assert (started.returncode, started.stdout) == (0, "demo --json\n")
    assert installs(machine) == ["requirements-build.lock", "requirements.lock"]
    assert all("--require-hashes" in call for call in machine.calls if " -r " in call)


def test_second_start_installs_nothing(machine: Machine) -> None:
    machine.start("demo")
    before = machine.calls
    again = machine.start("list")

    assert (again.stdout, again.stderr) == ("list\n", "")
    assert [call for call in machine.calls[len(before) :] if "-V" not in call] == []


def test_it_runs_through_a_symlink_and_from_any_folder(machine: Machine) -> None:
    link = machine.folder / "a link"
    link.symlink_to(machine.checkout / "hlasatel")

    assert machine.start("say", "Dobrý den", launcher=link).stdout == "say Dobrý den\n"
    assert (machine.checkout / ".venv").is_dir()


def test_the_tests_get_their_tools(machine: Machine) -> None:
    machine.start("demo")
    machine.start("test")

    assert installs(machine)[2:] == ["requirements-build.lock", "requirements-dev.lock"]


def test_the_tests_get_the_peers_they_talk_to(machine: Machine) -> None:
    machine.put("id", "echo 0", recorded=False)
    machine.start("demo", INSTALLED=PACKAGES)
    assert not [call for call in machine.calls if " install " in call and call.startswith("apt-get")]
    machine.start("test", INSTALLED=PACKAGES)

    [install] = [call for call in machine.calls if call.startswith("apt-get") and " install " in call]
    assert install.endswith(f"-- {TEST_PACKAGES}")


def test_a_changed_lock_is_installed(machine: Machine) -> None:
    machine.start("demo")
    with (machine.checkout / "requirements.lock").open("a") as lock:
        lock.write("# renewed\n")
    machine.start("demo")

    assert installs(machine)[2:] == ["requirements-build.lock", "requirements.lock"]


def test_root_gets_the_missing_packages_by_apt(machine: Machine) -> None:
    machine.put("id", "echo 0", recorded=False)
    started = machine.start("demo", INSTALLED="festival espeak-ng ffmpeg ca-certificates")

    assert started.returncode == 0
    [install] = [call for call in machine.calls if call.startswith("apt-get") and " install " in call]
    assert install.endswith("-- festival-czech festvox-czech-dita sox")


def test_without_root_and_sudo_it_says_which_packages_and_changes_nothing(machine: Machine) -> None:
    started = machine.start("demo", INSTALLED=PACKAGES.replace("sox ", ""))

    assert (started.returncode, started.stdout) == (2, "")
    assert "apt-get install -y --no-install-recommends sox\n" in started.stderr
    assert not (machine.checkout / ".venv").exists()


def test_failed_apt_shows_its_last_words(machine: Machine) -> None:
    machine.put("id", "echo 0", recorded=False)
    machine.put("apt-get", "echo E: no such mirror; exit 100")
    started = machine.start("demo", INSTALLED="")

    assert (started.returncode, started.stdout) == (2, "")
    assert "E: no such mirror" in started.stderr


def test_an_interrupted_installation_is_cleared_and_made_again(machine: Machine) -> None:
    assert machine.start("demo", PIP_EXIT="1").returncode == 2
    (machine.checkout / ".venv/half").touch()

    assert machine.start("demo").stdout == "demo\n"
    assert not (machine.checkout / ".venv/half").exists()


def test_an_interrupted_renewal_is_cleared_and_made_again(machine: Machine) -> None:
    machine.start("demo")
    (machine.checkout / ".venv/half").touch()
    assert machine.start("test", PIP_EXIT="1").returncode == 2

    assert machine.start("demo").stdout == "demo\n"
    assert not (machine.checkout / ".venv/half").exists()


def test_a_moved_checkout_gets_a_new_virtualenv(machine: Machine) -> None:
    machine.start("demo")
    moved = machine.checkout.rename(machine.folder / "moved")
    machine.start("demo", launcher=moved / "hlasatel")

    assert [call for call in machine.calls if "venv --clear" in call] == [
        f"python3.13 -m venv --clear {machine.checkout}/.venv",
        f"python3.13 -m venv --clear {moved}/.venv",
    ]


def test_a_virtualenv_whose_python_is_gone_is_made_again(machine: Machine) -> None:
    machine.start("demo")
    (machine.checkout / ".venv/bin/python").unlink()

    assert machine.start("demo").stdout == "demo\n"


def test_a_folder_that_is_no_virtualenv_is_left_alone(machine: Machine) -> None:
    photos = machine.folder / "photos"
    photos.mkdir()
    (photos / "town.jpg").touch()
    started = machine.start("demo", HLASATEL_VENV=str(photos))

    assert (started.returncode, list(photos.iterdir())) == (2, [photos / "town.jpg"])
    assert "HLASATEL_VENV" in started.stderr


def test_an_unfit_python_is_named(machine: Machine) -> None:
    started = machine.start("demo", HLASATEL_PYTHON="/bin/false")

    assert started.returncode == 2
    assert "/bin/false" in started.stderr
    assert "HLASATEL_PYTHON=" in started.stderr


def test_two_first_starts_at_once_install_once(machine: Machine) -> None:
    starts = [machine.begin("list"), machine.begin("list")]

    assert [start.communicate(timeout=60)[0] for start in starts] == ["list\n", "list\n"]
    assert installs(machine) == ["requirements-build.lock", "requirements.lock"]
