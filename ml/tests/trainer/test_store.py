"""What lies in the store and is not ours, as a file manager, an editor or a person leaves it, is passed over."""

import json

import pytest

from agent0_ml.trainer.store import Store

DIGESTS = ["a" * 64, "b" * 64]
STRAYS = ["7 copy.json", "000002.json~", "2.json", ".000001.json.swp", "STRAY", "000001-", "x-1", "000001-000001 copy"]


@pytest.fixture
def store(tmp_path):
    store = Store(tmp_path)
    steps = store.lineage("tiny-executor") / "steps"
    steps.mkdir(parents=True)
    for number, digest in enumerate(DIGESTS, 1):
        (steps / f"{number:06d}.json").write_text(json.dumps({"checkpointDigest": digest}))
        store.checkpoint_path(digest).mkdir(parents=True)
    store.announce("tiny-executor", 3, 2)
    store.pin(DIGESTS[1], "vllm-0")
    return store


def strew(store: Store) -> None:
    lineage = store.lineage("tiny-executor")
    folders = [lineage / "steps", lineage / "attempts", store.root / "pins", store.root / "checkpoints",
               store.root / "lineages"]
    for folder in folders:
        for name in [*STRAYS, "deleted-stray"]:
            (folder / name).write_text("not ours")


def test_stray_files_change_nothing(store):
    def seen():
        return (store.head("tiny-executor", "base"), store.newest_attempt("tiny-executor", 3), store.prunable(1, 0))

    before = seen()
    assert before == ((2, DIGESTS[1]), 2, [DIGESTS[0]])
    strew(store)
    assert seen() == before


def test_pruning_beside_stray_files_takes_the_checkpoint_and_leaves_them(store):
    strew(store)
    assert store.prune(1, 0) == [DIGESTS[0]]
    assert not store.checkpoint_path(DIGESTS[0]).exists() and store.checkpoint_path(DIGESTS[1]).exists()
    assert (store.root / "checkpoints" / "deleted-stray").read_text() == "not ours"
