"""The embedded model server: the part of vLLM's HTTP interface that agent0 uses, on a CPU, deterministic."""
