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
        runner = Runner(engine, Faults(), threads=1)
        engine.step = explode
        job = runner.submit(completion)
        with pytest.raises(RuntimeError):
            await runner.run()
        assert job.done.done()
        assert job.failure == "the engine failed: out of memory"
        with pytest.raises(ApiError, match="the engine is dead: out of memory") as caught:
            runner.submit(completion)
        assert caught.value.status == 500

    asyncio.run(story())
