"""Damaged files are read or refused in one sentence; `python -m tests.fuzz` looks for hours."""

import pytest

from tests.fuzz.__main__ import CORPUS, TARGETS, falls, fault_of

KEPT = sorted(path for path in CORPUS.rglob("*") if path.is_file())


@pytest.mark.parametrize("name", TARGETS)
def test_damaged_files_are_read_or_refused_in_a_sentence(name, tmp_path):
    count, found = falls(name, range(600), 60, tmp_path)
    assert count == 600
    assert not found


@pytest.mark.parametrize("path", KEPT, ids=lambda path: f"{path.parent.name}-{path.name}")
def test_what_once_fell_does_not_fall_again(path):
    assert fault_of(TARGETS[path.parent.name].read, path) is None
