import multiprocessing
import os
import sys
from pathlib import Path

import pytest
import torch
from trainer_support import Bench, make_base

torch.set_num_threads(1)


@pytest.fixture(scope="session")
def base(tmp_path_factory) -> Path:
    return make_base(tmp_path_factory.mktemp("base"))


@pytest.fixture
def bench(tmp_path: Path, base: Path) -> Bench:
    return Bench(tmp_path, base)


@pytest.fixture(scope="session")
def children():
    """Starts processes in milliseconds: they are forked from one that has imported torch and computed nothing yet."""
    # The server gets the path this way only: until Python 3.14 it preloads with the interpreter's own.
    os.environ["PYTHONPATH"] = os.pathsep.join(sys.path)
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(["trainer_support", "torch.utils.tensorboard"])
    return context
