"""Runs the engine beside the event loop: one thread computes, the loop answers. All else happens between two steps."""

from __future__ import annotations

import asyncio
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
    def __init__(self, engine: Engine, faults: Faults, threads: int) -> None:
        self.engine, self.faults = engine, faults
        self.failure: BaseException | None = None
        """What ended the engine; the server is of no use after that."""
        self._pool = ThreadPoolExecutor(1, "engine", initializer=torch.set_num_threads, initargs=(threads,))
        self._wake = asyncio.Event()
        self._open: set[Job] = set()

    async def between_steps(self, work: Callable[[], Result]) -> Result:
        """Runs something in the engine's thread, where no step is under way."""
        return await asyncio.get_running_loop().run_in_executor(self._pool, work)

    def submit(self, completion: Completion) -> Job:
        """Raises ApiError."""
        if self.failure is not None:
            raise ApiError(500, f"the engine is dead: {self.failure}")
        job = self.engine.submit(completion)
        job.done = asyncio.get_running_loop().create_future()
        self._open.add(job)
        self._wake.set()
        return job

    def abort(self, job: Job) -> None:
        self.engine.abort(job)
        self._open.discard(job)
        self._wake.set()

    async def run(self) -> None:
        """Steps while there is work, until cancelled or until the engine fails."""
        while True:
            if not self.engine.has_work:
                self._wake.clear()
                await self._wake.wait()
                continue
            if self.faults.hanging:
                await asyncio.sleep(_HANG_POLL_S)
                continue
            try:
                complete = await self.between_steps(self._step)
            except Exception as error:
                self._die(error)
                raise
            for job in complete:
                self._open.discard(job)
                if not job.done.done():
                    job.done.set_result(None)

    def _step(self) -> list[Job]:
        self.faults.before_step()
        return self.engine.step()

    def _die(self, error: BaseException) -> None:
        self.failure = error
        for job in self._open:
            job.failure = f"the engine failed: {error}"
            if not job.done.done():
                job.done.set_result(None)
