"""A run under a real Slurm, of one node on this machine: `make test-slurm`.

Needs root and Debian's slurm-wlm and munge; not among the tests of `make test`. With SCHOOL_DATA also real files.
"""

import hashlib
import os
import re
import signal
import subprocess
import sys
import time
from pathlib import Path

import psutil
import pytest

HERE = Path(__file__).resolve().parent
ONE_NODE = HERE / "one_node.sh"
# The profile is that of the project. The cluster of the test has no accounting, so neither accounts nor `sacct`.
UNDER_SLURM = [
    *(ONE_NODE, sys.executable, HERE / "snakemake_every_second.py", "--workflow-profile", "profiles/slurm"),
    *("--slurm-no-account", "--slurm-status-command", "squeue", "--slurm-init-seconds-before-status-checks", "1"),
]
LOCALLY = [sys.executable, "-m", "snakemake", "--cores", "2"]


def test_slurm_and_a_local_run_give_the_same_bytes(project_copy):
    config = ["releases=[demo]"]
    if "SCHOOL_DATA" in os.environ:
        config = ["releases=[demo, 2016]", f"raw_dir={Path(os.environ['SCHOOL_DATA']).resolve()}"]
    under_slurm, output = finished_files(project_copy(), "under Slurm", [*UNDER_SLURM, "--config", *config])
    jobs = re.findall(r"submitted with SLURM jobid (\d+)", output)
    assert len(jobs) >= 10
    locally, _ = finished_files(project_copy(), "locally", [*LOCALLY, "--config", *config])
    print(f"{len(jobs)} jobs, {len(locally)} files of results")
    assert locally
    assert sorted(under_slurm) == sorted(locally)
    assert [name for name in locally if under_slurm[name] != locally[name]] == []


def finished_files(project, where, command):
    """Run the workflow in a copy of the project; return {path in results/: SHA-256} and what the run printed."""
    begun = time.monotonic()
    done = project.call(*command, timeout=1800)
    output = done.stdout + done.stderr
    if done.returncode != 0:
        pytest.fail(
            f"the run {where} ended with exit code {done.returncode}:\n" + "\n".join(output.splitlines()[-300:])
        )
    print(f"\na run {where}: {time.monotonic() - begun:.0f} s")
    results = project.path / "results"
    files = sorted(path for path in results.rglob("*") if path.is_file())
    return {str(path.relative_to(results)): hashlib.sha256(path.read_bytes()).hexdigest() for path in files}, output


def test_the_cluster_listens_on_the_loopback_address_alone():
    listed = subprocess.run([ONE_NODE, "srun", "ss", "-ltnH"], capture_output=True, text=True, timeout=60)
    assert listed.returncode == 0, listed.stderr
    addresses = [line.split()[3].rsplit(":", 1) for line in listed.stdout.splitlines()]
    assert {"6817", "6818"} < {port for _, port in addresses}  # slurmctld, slurmd, and srun on ports of its own
    assert {host for host, _ in addresses} == {"127.0.0.1"}


@pytest.mark.parametrize("blow", [signal.SIGTERM, signal.SIGKILL])
def test_nothing_outlives_the_caller_that_was_killed(blow):
    mark = f"slurm-test-{os.getpid()}-{blow.name}"
    # A caller of the script that is killed, as pytest may be; its job has a step that would go on for long.
    call = f"subprocess.run([{str(ONE_NODE)!r}, 'srun', 'sleep', '600'])"
    caller = subprocess.Popen([sys.executable, "-c", f"import subprocess; {call}"], env=os.environ | {"MARK": mark})
    try:
        wait_until(lambda: {"munged", "slurmctld", "slurmd", "sleep"} <= {process.name() for process in marked(mark)})
    finally:
        caller.send_signal(blow)
        caller.wait()
    try:
        wait_until(lambda: not marked(mark))
    finally:
        for left in marked(mark):
            left.kill()


def marked(mark):
    """Return the processes that have the mark in their environment."""
    found = []
    for process in psutil.process_iter():
        try:
            if process.environ().get("MARK") == mark:
                found.append(process)
        except psutil.Error:  # ended since, or a process of the kernel
            continue
    return found


def wait_until(holds, seconds=30):
    end = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < end, f"not within {seconds} s"
        time.sleep(0.1)
