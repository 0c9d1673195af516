"""The Qwen3 architecture in plain torch: read, run and written in the form that transformers has."""
