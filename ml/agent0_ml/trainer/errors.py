"""The ways in which a step ends without a result. Anything else that is thrown is an outage: try again.

`exit_code` is what the one-shot command ends with; `status` what the service answers. The names are the API's, in the
field `error` of its answers.
"""

import errno


class StepError(Exception):
    exit_code = 70
    status = 500


class Refusal(StepError):
    """The batch, the config or the loss is wrong: asking again cannot help."""

    exit_code = 65
    status = 422


class Diverged(Refusal):
    """More updates in a row than the config lets pass have no finite gradient, or the new weights are of no use."""


class OutOfMemory(Refusal):
    """The step needs more memory than there is: smaller micro-batches may fit."""


class Conflict(StepError):
    """The step exists, or runs, with other digests."""

    exit_code = 66
    status = 409


class NotHead(StepError):
    """The named parent is not the head of the lineage."""

    exit_code = 67
    status = 412

    def __init__(self, lineage: str, head_step: int, head: str):
        super().__init__(f"the head of {lineage} is step {head_step}, {head}")
        self.head = {"step": head_step, "checkpointDigest": head}


class Starting(StepError):
    """The service listens, but has not read the base yet."""

    status = 503


class Aborted(StepError):
    """Somebody asked for the end of the step, or a newer attempt at it has started. Nothing was written."""

    exit_code = 68
    status = 409


def described(error: BaseException) -> dict[str, str]:
    """What to tell the caller. For an outage the name is DiskFull or Crashed."""
    if isinstance(error, StepError):
        return {"error": type(error).__name__, "reason": str(error)}
    full = isinstance(error, OSError) and (
        error.errno in (errno.ENOSPC, errno.EDQUOT) or "No space left" in str(error))
    return {"error": "DiskFull" if full else "Crashed", "reason": f"{type(error).__name__}: {error}"}
