"""Writes the curves of a run in another program's own format.

`export_curves.py tensorboard|mlflow|wandb FOLDER < run.json`.

Started by `agent0 export --as`, with the Python that has that program's client. It needs nothing else of this project.
"""

import json
import os
import sys
import time
from collections import defaultdict
from pathlib import Path


def write_tensorboard(run: dict, folder: Path) -> None:
    from torch.utils.tensorboard import SummaryWriter

    with SummaryWriter(str(folder)) as writer:
        for curve in run["curves"]:
            for step, value in curve["points"]:
                writer.add_scalar(curve["name"], value, step)


def flat(config: dict, prefix: str = "") -> dict[str, str]:
    """`{"curriculum": {"steps": 12}}` as `{"curriculum.steps": "12"}`."""
    pairs = {}
    for name, value in config.items():
        pairs.update(flat(value, f"{prefix}{name}.") if isinstance(value, dict) else {prefix + name: str(value)})
    return pairs


def write_mlflow(run: dict, folder: Path) -> None:
    """A tracking database in the folder: MLflow refuses to write plain files (`mlruns/`) any more."""
    from mlflow import MlflowClient
    from mlflow.entities import Metric, Param

    client = MlflowClient(f"sqlite:///{folder.resolve()}/mlflow.db")
    experiment = client.create_experiment("agent0", artifact_location=(folder.resolve() / "artifacts").as_uri())
    run_id = client.create_run(experiment, run_name=run["run"]).info.run_id
    parameters = [Param(name, value) for name, value in flat(run["config"]).items()]
    now = int(time.time() * 1000)
    metrics = [Metric(curve["name"], value, now, step) for curve in run["curves"] for step, value in curve["points"]]
    for first in range(0, len(parameters), 100):
        client.log_batch(run_id, params=parameters[first : first + 100])
    for first in range(0, len(metrics), 1000):
        client.log_batch(run_id, metrics=metrics[first : first + 1000])
    client.set_terminated(run_id)


def write_wandb(run: dict, folder: Path) -> None:
    """An offline run; `wandb sync` sends it to a server."""
    import wandb

    rows: dict[tuple[str, int], dict[str, float]] = defaultdict(dict)
    for curve in run["curves"]:
        family = curve["name"].split("/")[0]
        for step, value in curve["points"]:
            rows[family, step][curve["name"]] = value
    # Of the machine that exports nothing is to be known.
    quiet = wandb.Settings(silent=True, x_disable_stats=True)
    common = {"project": "agent0", "dir": str(folder), "settings": quiet}
    with wandb.init(name=run["run"], config=run["config"], **common) as session:
        for family in sorted({family for family, _ in rows}):
            session.define_metric(f"{family}/*", step_metric=f"{family}/step")
        for (family, step), values in rows.items():
            session.log({f"{family}/step": step, **values})


# Files only: no upload, no report of use.
OFFLINE = {"WANDB_MODE": "offline", "WANDB_ERROR_REPORTING": "false", "MLFLOW_DISABLE_TELEMETRY": "true"}

WRITERS = {"tensorboard": write_tensorboard, "mlflow": write_mlflow, "wandb": write_wandb}


def main() -> int:
    target, folder = sys.argv[1], Path(sys.argv[2])
    folder.mkdir(parents=True, exist_ok=True)
    os.environ.update(OFFLINE)
    try:
        WRITERS[target](json.load(sys.stdin), folder)
    except ModuleNotFoundError as error:
        advice = f"install {target} for it, or name another with --python."
        print(f"{sys.executable} has no {error.name}: {advice}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
