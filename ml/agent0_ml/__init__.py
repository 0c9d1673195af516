"""The Python half of agent0: trainer, embedded model server and tiny world. Each is a package of its own in here."""
