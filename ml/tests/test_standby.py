"""Who waits behind a service is there when it dies, imported or not, and never before."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

import agent0_ml

ML = Path(agent0_ml.__file__).parents[1]
SERVICE = """
import os, sys, time
time.sleep({import_s})
with open({log!r}, "a") as log:
    log.write(f"{{os.getpid()}} imported\\n")

def main(arguments):
    with open({log!r}, "a") as log:
        log.write(f"{{os.getpid()}} works {{arguments}}\\n")
    time.sleep(60)
"""


class Services:
    def __init__(self, folder: Path, import_s: float):
        self.folder, self.log, self.started = folder, folder / "log", []
        (folder / "patient").mkdir()
        (folder / "patient" / "__main__.py").write_text(SERVICE.format(import_s=import_s, log=str(self.log)))

    def start(self) -> int:
        env = {**os.environ, "PYTHONPATH": f"{self.folder}:{ML}", "AGENT0_LOCK": str(self.folder / "lock")}
        process = subprocess.Popen([sys.executable, "-m", "agent0_ml.standby", "patient", "--port", "1"], env=env)
        self.started.append(process)
        return process.pid

    def end(self) -> None:
        for process in self.started:
            process.kill()
            process.wait()

    def wait_for(self, line: str) -> list[str]:
        """All that was said until then."""
        deadline = time.monotonic() + 30
        while time.monotonic() < deadline:
            lines = self.log.read_text().splitlines() if self.log.exists() else []
            if line in lines:
                return lines
            time.sleep(0.02)
        raise AssertionError(f"nobody said: {line}")


@pytest.fixture
def services_of(tmp_path):
    made = []

    def make(import_s: float) -> Services:
        made.append(Services(tmp_path, import_s))
        return made[-1]

    yield make
    for each in made:
        each.end()


WORKS = "works ['--port', '1']"


def test_the_second_is_imported_and_waits_until_the_first_is_dead(services_of):
    services = services_of(0)
    first = services.start()
    services.wait_for(f"{first} {WORKS}")
    second = services.start()
    assert f"{second} {WORKS}" not in services.wait_for(f"{second} imported")
    os.kill(first, signal.SIGKILL)
    lines = services.wait_for(f"{second} {WORKS}")
    assert lines.count(f"{second} imported") == 1


def test_one_that_is_needed_before_it_is_ready_begins_anew_at_full_speed(services_of):
    services = services_of(1.5)
    first = services.start()
    services.wait_for(f"{first} {WORKS}")
    second = services.start()
    time.sleep(0.7)
    os.kill(first, signal.SIGKILL)
    services.wait_for(f"{second} {WORKS}")
    assert os.sched_getscheduler(second) == os.SCHED_OTHER
