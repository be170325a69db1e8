import subprocess
import sys

import pytest

from benchmarks.generator import generator
from benchmarks.h2load import read_log
from benchmarks.processor import meter, milliseconds_each

_BUSY = "import time\nwhile time.process_time() < 0.3: pass"


LOG = "2000000\t200\t500000\n2500000\t503\t1000\n2501000\t200\t1499000\n4000000\t-1\t0\n"


def test_what_h2load_logged_is_counted_by_the_status_that_was_expected() -> None:
    work = read_log(LOG, 200, whole=True)
    assert (work.done, work.errors, list(work.seconds)) == (2, 2, [0.5, 1.499])
    assert work.rate == 1


def test_of_a_loop_that_was_cut_off_the_time_begins_with_the_first_answer() -> None:
    assert read_log(LOG, 200, whole=False).rate == 2 / 1.5


def test_a_generator_that_there_is_not_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GENERATOR", "siege")
    with pytest.raises(ValueError, match="siege"):
        generator()


def test_what_each_cost_is_told_by_kind_of_process() -> None:
    spent = [{"service": 1.0, "Postgres": 0.5}, {"service": 1.0, "generator": 0.0}]
    assert milliseconds_each(spent, 100) == "service 20, Postgres 5, in all 25 ms of processor time each"


def test_the_time_of_a_generator_that_has_ended_is_counted() -> None:
    spent = meter()
    subprocess.run([sys.executable, "-c", _BUSY], check=True)
    assert spent()["generator"] > 0.2
