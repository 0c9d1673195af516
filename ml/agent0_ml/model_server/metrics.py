"""The counters of vLLM that the watchdog reads, as Prometheus text."""

from __future__ import annotations

from agent0_ml.model_server.engine import Engine


def exposition(engine: Engine) -> str:
    label = f'model_name="{engine.policies.base.name}"'
    rows = [
        ("num_requests_running", "gauge", [("", engine.running)]),
        ("num_requests_waiting", "gauge", [("", engine.waiting)]),
        ("prompt_tokens_total", "counter", [("", engine.counters.prompt_tokens)]),
        ("generation_tokens_total", "counter", [("", engine.generated_tokens)]),
        (
            "request_success_total",
            "counter",
            [
                (f',finished_reason="{reason}"', engine.counters.finished[reason])
                for reason in ("stop", "length", "abort")
            ],
        ),
    ]
    lines = []
    for name, kind, values in rows:
        lines.append(f"# TYPE vllm:{name} {kind}")
        lines += [f"vllm:{name}{{{label}{more}}} {value}" for more, value in values]
    return "\n".join(lines) + "\n"
