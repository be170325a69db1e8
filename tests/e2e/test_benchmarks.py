"""Every workload at smoke scale runs to its end and keeps what it promises to keep; its figures decide nothing."""

import json
import subprocess
import sys
from pathlib import Path

from tests.architecture.source import ROOT

_MEMBERS = {"workload", "ours", "reference", "ratio", "goal", "met"}
_WORKLOADS = ("W1", "W2", "W3", "W4", "W5", "W6", "fresh")
_PLOTS = {"w1-issue", "w3-storm", "w4-growth", "w6-keep-fresh", "fresh"}
_SECONDS = 900


def test_each_workload_runs_to_its_end_and_tells_what_it_found(tmp_path: Path) -> None:
    wanted = {"W": ",".join(_WORKLOADS), "SCALE": "smoke", "BENCH_RESULTS": str(tmp_path)}
    environment = wanted | {"PATH": "/usr/bin:/bin", "LANG": "C.UTF-8"}
    ran = subprocess.run(
        [sys.executable, "-m", "benchmarks"],
        cwd=ROOT,
        env=environment,
        capture_output=True,
        text=True,
        timeout=_SECONDS,
        check=False,
    )
    assert ran.returncode == 0, ran.stderr
    rows = json.loads((tmp_path / "latest.json").read_text())
    assert {row["workload"].replace(",", "").split()[0] for row in rows} == set(_WORKLOADS)
    assert {frozenset(row) for row in rows} == {frozenset(_MEMBERS)}
    assert {file.stem for file in tmp_path.glob("*.svg")} == _PLOTS
