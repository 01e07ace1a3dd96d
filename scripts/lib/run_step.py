"""What every step's script shares: stop with a plain message, in the log and on the screen."""

import logging
import sys
import traceback
from pathlib import Path


class UserError(Exception):
    """What a user can mend; the message names the file, the place in it and the way out."""


def run(main, snakemake):
    """Run a step's `main`. A UserError ends the job with its message alone, another error with its trace."""
    # pandera loads hypothesis wherever it is installed, for a third of a second a job; only tests need it.
    sys.modules.setdefault("hypothesis", None)
    logging.basicConfig(filename=snakemake.log[0], filemode="w", level=logging.INFO, format="%(levelname)s %(message)s")
    try:
        main(snakemake)
    except UserError as error:
        logging.error("%s", error)
        print(f"\n{error}\n", file=sys.stderr)
        sys.exit(1)
    except Exception:
        logging.error("%s", traceback.format_exc())
        raise


def finished_run(results: str | Path, release: str, method: str | None, last_file: str) -> Path:
    """Return the folder of a release's finished run: that of `method`, or the only one there is.

    A run is finished when it has `last_file`. Raises UserError, naming the runs there are, where it is not clear which.
    """
    depth = len(Path(last_file).parts)
    there = sorted(path.parents[depth - 1] for path in Path(results).glob(f"*/*/{last_file}"))
    of_release = [folder for folder in there if folder.parent.name == release]
    found = [folder for folder in of_release if method in (None, folder.name)]
    if len(found) == 1:
        return found[0]
    if found:
        names = ", ".join(folder.name for folder in found)
        raise UserError(f"Release {release} has several runs: {names}. Say which: METHOD=…, or --method.")
    listed = ", ".join(f"{folder.parent.name}/{folder.name}" for folder in there) or "none"
    wanted = release if method is None else f"{release}/{method}"
    raise UserError(f"No finished run of {wanted} in {results}/. There: {listed}.")
