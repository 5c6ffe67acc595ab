"""The examples in the docstrings run and say what they print."""

from __future__ import annotations

import doctest
import importlib
import pkgutil

import pytest

import psychometrics

MODULES = [
    "psychometrics",
    *(f"psychometrics.{module.name}" for module in pkgutil.iter_modules(psychometrics.__path__)),
]


@pytest.mark.parametrize("name", MODULES)
def test_the_examples_of_a_module_hold(name: str) -> None:
    failed, _ = doctest.testmod(importlib.import_module(name))
    assert not failed


def test_the_package_shows_how_to_score_one_person() -> None:
    assert doctest.testmod(psychometrics).attempted > 5
