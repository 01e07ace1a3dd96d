"""What every step's script shares: stop with a plain message, in the log and on the screen."""

import logging
import sys
import traceback


def run(main, snakemake):
    """Run a step's `main`. An error meant for the user ends the job with its message alone, another with its trace."""
    from acquire import AcquireError
    from settings import SettingsError
    from source_files import SourceError

    logging.basicConfig(filename=snakemake.log[0], filemode="w", level=logging.INFO, format="%(levelname)s %(message)s")
    try:
        main(snakemake)
    except (AcquireError, SettingsError, SourceError) as error:
        logging.error("%s", error)
        print(f"\n{error}\n", file=sys.stderr)
        sys.exit(1)
    except Exception:
        logging.error("%s", traceback.format_exc())
        raise
