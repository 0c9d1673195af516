import asyncio

import pytest
from support import engine_of, random_model

from agent0_ml.model_server.errors import ApiError
from agent0_ml.model_server.faults import Faults
from agent0_ml.model_server.request import parse_completion
from agent0_ml.model_server.runner import Runner


def test_an_engine_that_fails_answers_everybody_and_takes_no_more(tmp_path):
    engine = engine_of(random_model(tmp_path))
    completion = parse_completion({"model": "base", "prompt": [5, 6]})

    def explode():
        raise RuntimeError("out of memory")

    async def story():
        failed = asyncio.Event()
        runner = Runner(engine, Faults(), threads=1, on_failure=failed.set)
        engine.step = explode
        job = runner.submit(completion)
        assert await job.done
        assert job.failure == "the engine failed: out of memory"
        assert failed.is_set()
        with pytest.raises(ApiError, match="the engine is dead: out of memory") as caught:
            runner.submit(completion)
        assert caught.value.status == 500
        runner.close()

    asyncio.run(story())


def test_what_is_asked_for_comes_between_two_steps_of_a_busy_engine(tmp_path):
    engine = engine_of(random_model(tmp_path))
    steps = []

    async def story():
        runner = Runner(engine, Faults(), threads=1, on_failure=lambda: None)
        step = engine.step
        engine.step = lambda: steps.append(None) or step()
        job = runner.submit(parse_completion({"prompt": [5, 6], "max_tokens": 200, "ignore_eos": True}))
        seen = [await runner.between_steps(lambda: len(steps)) for _ in range(3)]
        assert await job.done
        assert 0 < seen[0] < seen[1] < seen[2] < len(steps)
        runner.close()

    asyncio.run(story())


def test_an_aborted_job_is_over_at_once_and_leaves_the_engine(tmp_path):
    engine = engine_of(random_model(tmp_path))

    async def story():
        runner = Runner(engine, Faults(), threads=1, on_failure=lambda: None)
        job = runner.submit(parse_completion({"prompt": [5, 6], "max_tokens": 200, "ignore_eos": True}))
        other = runner.submit(parse_completion({"prompt": [7], "max_tokens": 3, "ignore_eos": True}))
        runner.abort(job)
        assert not await job.done
        assert await other.done
        while await runner.between_steps(lambda: engine.has_work):
            pass
        assert engine.counters.finished == {"abort": 1, "length": 1}
        runner.close()

    asyncio.run(story())
