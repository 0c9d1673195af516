"""Compiles installed packages ahead of time, without the docstrings of those that are pure mathematics in Python.

A math slot has loaded 5 MiB of them, and nobody reads them there. They become empty strings instead of nothing, because
packages cut pieces out of each other's docstrings (sympy.vector fails otherwise). numpy keeps its own: numpy.ma insists
on what they say.

Usage: python3 compile-packages.py SITE-PACKAGES
"""

import ast
import importlib.util
import sys
from importlib._bootstrap_external import _code_to_hash_pyc
from pathlib import Path

WITHOUT_DOCSTRINGS = ("sympy", "mpmath")
DOCUMENTED = (ast.Module, ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef)


def empty_docstrings(tree):
    for node in ast.walk(tree):
        if isinstance(node, DOCUMENTED) and ast.get_docstring(node, clean=False) is not None:
            node.body[0].value.value = ""
    return tree


def compile_file(path, site):
    source = path.read_bytes()
    tree = ast.parse(source, path)
    if path.relative_to(site).parts[0] in WITHOUT_DOCSTRINGS:
        tree = empty_docstrings(tree)
    code = compile(tree, path, "exec", dont_inherit=True)
    compiled = Path(importlib.util.cache_from_source(path))
    compiled.parent.mkdir(exist_ok=True)
    # Never checked against the source: what it was compiled from has other docstrings.
    compiled.write_bytes(_code_to_hash_pyc(code, importlib.util.source_hash(source), checked=False))


def main(site):
    for path in sorted(Path(site).rglob("*.py")):
        compile_file(path, site)


main(sys.argv[1])
