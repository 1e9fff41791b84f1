from __future__ import annotations

import pytest

from lynceus.lab.dice import Dice


def test_the_same_seed_and_names_draw_the_same() -> None:
    assert [Dice(3, "a").unit() for _ in range(2)] == [Dice(3, "a").unit()] * 2
    assert Dice(3, "a").octets(33) == Dice(3, "a").octets(33)
    assert Dice(3, "a").noise(999) == Dice(3, "a").noise(999)


def test_other_seeds_and_names_draw_others() -> None:
    assert len({Dice(s, n).octets(8) for s in (1, 2) for n in ("a", "b", "a/b")}) == 6
    assert Dice(1, "a").fork("b").octets(8) == Dice(1, "a", "b").octets(8)


def test_a_fork_does_not_depend_on_what_was_drawn_before() -> None:
    dice = Dice(1)
    early = dice.fork("x").octets(8)
    dice.unit()
    assert dice.fork("x").octets(8) == early


def test_draws_have_the_stated_ranges_and_centres() -> None:
    dice = Dice(9)
    whole = [dice.whole(2, 5) for _ in range(4000)]
    assert set(whole) == {2, 3, 4, 5}
    assert sum(whole) / 4000 == pytest.approx(3.5, abs=0.1)
    assert sum(dice.exponential(7.0) for _ in range(8000)) / 8000 == pytest.approx(7, rel=0.06)
    normal = [dice.gauss() for _ in range(8000)]
    assert sum(normal) / 8000 == pytest.approx(0, abs=0.05)
    assert sum(x * x for x in normal) / 8000 == pytest.approx(1, abs=0.07)
    middle = sorted(dice.lognormal(40, 1.0) for _ in range(4001))[2000]
    assert middle == pytest.approx(40, rel=0.08)


def test_a_sample_has_no_doubles_and_is_never_larger_than_asked() -> None:
    dice = Dice(2)
    assert sorted(dice.sample(range(10), 99)) == list(range(10))
    assert len(set(dice.sample(range(1000), 50))) == 50


def test_noise_of_any_size_has_that_size() -> None:
    assert len(Dice(1).noise(5_000_000)) == 5_000_000
    assert Dice(1).noise(0) == b""
