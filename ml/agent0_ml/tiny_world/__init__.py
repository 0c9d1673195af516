"""The tiny world: arithmetic in words, a corpus of both roles, and the small base model that is trained on it."""
