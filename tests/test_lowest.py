"""The requirements' lower bounds fit together; `python -m tests.lowest` installs and tries them."""

from tests.lowest import LOWEST, REQUIREMENTS, ROOT


def test_a_package_has_one_lower_bound_in_all_files():
    named = [pair for name in REQUIREMENTS for pair in LOWEST.findall((ROOT / name).read_text())]
    twice = {name for name, _ in named if len({bound for n, bound in named if n == name}) > 1}
    assert len(named) > 15
    assert not twice
