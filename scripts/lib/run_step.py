"""What every step's script shares: stop with a plain message, in the log and on the screen."""

import gc
import logging
import os
import sys
import traceback


class UserError(Exception):
    """What a user can mend; the message names the file, the place in it and the way out."""


def one_thread_each():
    """Let each job that this process starts multiply matrices on one thread, as Snakemake counts it: with more, jobs
    wait for one another, and sums may depend on the machine.
    """
    os.environ["OPENBLAS_NUM_THREADS"] = "1"


def run(main, snakemake):
    """Run a step's `main`. A UserError ends the job with its message alone, another error with its trace."""
    logging.basicConfig(filename=snakemake.log[0], filemode="w", level=logging.INFO, format="%(levelname)s %(message)s")
    try:
        main(snakemake)
        gc.freeze()  # at its end, Python would look through all that is in memory, for a tenth of a second and more
    except UserError as error:
        logging.error("%s", error)
        print(f"\n{error}\n", file=sys.stderr)
        sys.exit(1)
    except Exception:
        logging.error("%s", traceback.format_exc())
        raise
