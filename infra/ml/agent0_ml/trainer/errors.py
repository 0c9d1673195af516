"""The ways in which a step ends without a result. Anything else that is thrown is an outage: try again.

`exit_code` is what the one-shot command ends with; `status` what the service answers.
"""


class StepError(Exception):
    exit_code = 70
    status = 500


class Refusal(StepError):
    """The batch, the config or the loss is wrong: asking again cannot help."""

    exit_code = 65
    status = 422


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
        self.head = {"step": head_step, "checkpoint": head}


class Aborted(StepError):
    """Somebody asked for the end of the step, or a newer attempt at it has begun. Nothing was written."""

    exit_code = 68
    status = 409
