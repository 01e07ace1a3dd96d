"""Time whole runs of a release, in a folder of their own, and list what each step took.

Usage: python tests/benchmarks/whole_run.py [--release demo] [--cores 4] [--config raw_dir=…]
           [--yardstick SCRIPT DATA] [--pairs 3]

With --yardstick, a script that does the same study in one go (it is called as SCRIPT DATA OUT, by this Python) is timed
in turn with the run, in the same minute, and the ratio of each pair is printed: a ratio holds on a machine that other
work slows down, a time does not. One run of each comes first and is not counted, so that neither pays for cold files.
"""

import argparse
import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

PROJECT = Path(__file__).resolve().parents[2]


def timed(command: list[str], cwd: Path) -> float:
    """Run a command to its end; return its seconds. Raises SystemExit with its last lines when it fails."""
    begun = time.perf_counter()
    done = subprocess.run(command, cwd=cwd, capture_output=True, text=True, errors="replace")
    seconds = time.perf_counter() - begun
    if done.returncode:
        sys.exit("\n".join(["The run failed:", *(done.stdout + done.stderr).splitlines()[-20:]]))
    return seconds


def whole_run(arguments: argparse.Namespace, folder: Path) -> float:
    """Run the release from nothing in `folder`; return the seconds from start to end."""
    command = [sys.executable, "-m", "snakemake", "--snakefile", str(PROJECT / "Snakefile")]
    command += ["--workflow-profile", str(PROJECT / "profiles/default"), "--directory", str(folder)]
    command += ["--cores", str(arguments.cores), "--quiet", "all"]
    return timed([*command, "--config", f"releases=[{arguments.release}]", *arguments.config], PROJECT)


def steps(folder: Path) -> list[tuple[float, float, float, str]]:
    """Return (seconds, processor seconds, peak memory in MB, step) of every job, the longest first."""
    found = []
    for path in (folder / "benchmarks").rglob("*.tsv"):
        header, line = (text.split("\t") for text in path.read_text(encoding="utf-8").splitlines()[:2])
        row = dict(zip(header, line, strict=True))
        numbers = (float(row[key]) if row[key] not in ("-", "NA") else 0.0 for key in ("s", "cpu_time", "max_rss"))
        found.append((*numbers, path.relative_to(folder / "benchmarks").with_suffix("").as_posix()))
    return sorted(found, reverse=True)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--release", default="demo")
    parser.add_argument("--cores", type=int, default=min(4, os.cpu_count() or 1))
    parser.add_argument("--config", nargs="*", default=[], help="as snakemake --config takes it, e.g. raw_dir=/data")
    parser.add_argument("--yardstick", nargs=2, metavar=("SCRIPT", "DATA"))
    parser.add_argument("--pairs", type=int, default=3)
    arguments = parser.parse_args()
    ratios = []
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary)
        for pair in range(arguments.pairs + 1):
            run_folder = folder / f"run-{pair}"
            run_folder.mkdir()
            ours = whole_run(arguments, run_folder)
            if not arguments.yardstick:
                print(f"whole run: {ours:.1f} s on {arguments.cores} cores")
                break
            script, data = (str(Path(path).resolve()) for path in arguments.yardstick)
            theirs = timed([sys.executable, script, data, str(folder / "yardstick")], folder)
            if pair:
                ratios.append(ours / theirs)
                words = f"run {ours:.1f} s, plain script {theirs:.1f} s, ratio {ours / theirs:.2f}"
                print(f"pair {pair}: {words}", flush=True)
        if ratios:
            print(f"median ratio: {statistics.median(ratios):.2f} on {arguments.cores} cores")
        print("\nseconds  processor  peak MB  step, in the last run")
        for seconds, processor, megabytes, step in steps(run_folder):
            print(f"{seconds:7.1f}  {processor:9.1f}  {megabytes:7.0f}  {step}")


if __name__ == "__main__":
    main()
