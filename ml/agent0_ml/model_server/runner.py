"""Runs the engine beside the event loop: one thread computes, the loop answers. All else happens between two steps.

The thread goes from step to step by itself, and calls on the loop only when a job is complete: to be told by the loop
to go on would cost two waits for the interpreter at every step.
"""

from __future__ import annotations

import asyncio
import time
import traceback
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

import torch

from agent0_ml.model_server.engine import Engine, Job
from agent0_ml.model_server.errors import ApiError
from agent0_ml.model_server.faults import Faults
from agent0_ml.model_server.request import Completion

Result = TypeVar("Result")
_HANG_POLL_S = 0.05


class Runner:
    def __init__(self, engine: Engine, faults: Faults, threads: int, on_failure: Callable[[], None]) -> None:
        """To be made in the event loop. `on_failure` is called once if the engine dies."""
        self.engine, self.faults = engine, faults
        self.failure: BaseException | None = None
        """What ended the engine; the server is of no use after that."""
        self._on_failure = on_failure
        self._loop = asyncio.get_running_loop()
        self._pool = ThreadPoolExecutor(1, "engine", initializer=torch.set_num_threads, initargs=(threads,))
        self._stepping = False
        """Whether the next step stands in the thread's queue. Only the thread looks at it."""
        self._open: set[Job] = set()

    async def between_steps(self, work: Callable[[], Result]) -> Result:
        """Runs something in the engine's thread, where no step is under way."""
        return await self._loop.run_in_executor(self._pool, work)

    def submit(self, completion: Completion) -> Job:
        """Raises ApiError."""
        if self.failure is not None:
            raise ApiError(500, f"the engine is dead: {self.failure}")
        job = self.engine.submit(completion)
        job.done = self._loop.create_future()
        self._open.add(job)
        self._pool.submit(self._start)
        return job

    def abort(self, job: Job) -> None:
        """Does nothing to a job that is over."""
        if job in self._open:
            self.engine.abort(job)
            self._end(job, complete=False)

    def close(self) -> None:
        """After the step that is under way there is no other."""
        self._pool.shutdown(wait=False, cancel_futures=True)

    def _start(self) -> None:
        if not self._stepping:
            self._step()

    def _step(self) -> None:
        """One step in the engine's thread; the next one queues up behind what was asked for meanwhile."""
        self._stepping = True
        try:
            complete = self._stepped()
        except Exception as error:
            self._loop.call_soon_threadsafe(self._die, error)
            return
        if complete:
            self._loop.call_soon_threadsafe(self._tell, complete)
        self._stepping = self.engine.has_work
        if self._stepping:
            self._pool.submit(self._step)

    def _stepped(self) -> list[Job]:
        if self.faults.hanging:
            time.sleep(_HANG_POLL_S)
            return []
        self.faults.before_step()
        return self.engine.step()

    def _tell(self, complete: list[Job]) -> None:
        for job in complete:
            self._end(job, complete=True)

    def _end(self, job: Job, complete: bool) -> None:
        self._open.discard(job)
        if not job.done.done():
            job.done.set_result(complete)

    def _die(self, error: BaseException) -> None:
        traceback.print_exception(error)
        self.failure = error
        for job in self._open:
            job.failure = f"the engine failed: {error}"
        self._tell(list(self._open))
        self._on_failure()
