"""What the contract of the trainer is tried on: base/ (a random Qwen3 of about 5,000 weights) and store/ with two
batches, one that is no batch, and configs. Prints {name: {path, sha256}}.

    python tiny_trainings.py FOLDER
"""

import json
import sys
from pathlib import Path

ML = Path(__file__).parents[2] / "ml"
sys.path[:0] = [str(ML), str(ML / "tests" / "trainer")]

from trainer_support import make_base, make_rows, write_batch, write_config  # noqa: E402

from agent0_ml.trainer.files import file_digest  # noqa: E402

folder = Path(sys.argv[1])
store = folder / "store"
store.mkdir()
base = make_base(folder / "base")
rows = make_rows(base)
files = {
    "batch": write_batch(store / "batch.parquet", rows),
    "other": write_batch(store / "other.parquet", make_rows(base, seed=1)),
    "malformed": write_batch(store / "malformed.parquet", [{**rows[0], "mask": rows[0]["mask"][1:]}]),
    "config": write_config(store / "config.json", updatesPerBatch=2, microBatchTokens=60),
    "diverging": write_config(store / "diverging.json", weights={"rank": 4, "learningRate": 1e30}, updatesPerBatch=2),
}
print(json.dumps({name: {"path": path.name, "sha256": file_digest(path)} for name, path in files.items()}))
