"""`python -m agent0_ml.trainer.prune --store FOLDER --keep-last K [--delete]`: old checkpoints, as JSON on stdout.

Each is `{"digest": …, "bytes": …}`. Without `--delete` nothing is changed.
"""

import argparse
import json
import sys
from pathlib import Path

from agent0_ml.trainer.store import Store


def arguments(words: list[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m agent0_ml.trainer.prune", description=__doc__, allow_abbrev=False)
    parser.add_argument("--store", type=Path, required=True)
    parser.add_argument("--keep-last", type=int, required=True, help="checkpoints kept per lineage, at least 1")
    parser.add_argument("--milestone-every", type=int, default=0, help="keep every n-th step for ever; 0: none")
    parser.add_argument("--lineage", action="append", help="only of this one; may be repeated")
    parser.add_argument("--needed", action="append", default=[], help="digest of a checkpoint to keep; may be repeated")
    parser.add_argument("--delete", action="store_true")
    options = parser.parse_args(words)
    if options.keep_last < 1:
        parser.error("--keep-last: at least 1, or a lineage could not go on")
    return options


def main(words: list[str] | None = None) -> None:
    options = arguments(words)
    store, rule = Store(options.store), (options.keep_last, options.milestone_every, options.lineage, options.needed)
    sizes = {digest: sum(path.stat().st_size for path in store.checkpoint_path(digest).iterdir())
             for digest in store.prunable(*rule)}
    gone = store.prune(*rule) if options.delete else list(sizes)
    print(json.dumps([{"digest": digest, "bytes": sizes.get(digest, 0)} for digest in gone]))


if __name__ == "__main__":
    sys.exit(main())
