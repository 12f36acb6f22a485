"""One need, many sellers."""

from __future__ import annotations

import pytest

from negotiators.bargaining.rivals import Thread, expected_best, market, outside_option, winner


def test_the_expected_best_of_independent_talks() -> None:
    assert expected_best([(0.8, 0.5), (0.6, 1.0)], 0.3) == pytest.approx(0.5 * 0.8 + 0.5 * 0.6)
    assert expected_best([], 0.3) == 0.3
    assert expected_best([(0.2, 1.0)], 0.3) == 0.3


def test_a_held_offer_raises_the_others_outside_option_and_not_its_own() -> None:
    threads = [Thread("a", "held", held=0.7), Thread("b", expected=0.6, closing=0.5)]
    assert outside_option(threads, "b", 0.3, 1) == pytest.approx(0.7)
    assert outside_option(threads, "a", 0.3, 1) == pytest.approx(0.45)


def test_a_soft_offer_counts_by_its_chance_and_an_expired_one_not_at_all() -> None:
    soft = [Thread("a", "held", held=0.7, holds=0.5)]
    assert outside_option(soft, "b", 0.3, 1) == pytest.approx(0.5)
    expired = [Thread("a", "held", held=0.7, expires=3)]
    assert outside_option(expired, "b", 0.3, 4) == 0.3


def test_switching_costs_are_taken_off() -> None:
    assert outside_option([Thread("a", "held", held=0.7)], "b", 0.3, 1, switching=0.1) == pytest.approx(0.6)


def test_best_and_final_is_asked_of_all_finalists_at_once_with_the_last_bid() -> None:
    threads = [Thread(p, expected=0.5 + i / 10, closing=0.5) for i, p in enumerate("cab")]
    assert market(threads, 0.3, 2, 20).best_and_final == ()
    assert market(threads, 0.3, 18, 20).best_and_final == ()
    assert market(threads, 0.3, 19, 20).best_and_final == ("a", "b", "c")
    assert market(threads, 0.3, 19, 20, finalists=2).best_and_final == ("a", "b")


def test_talks_not_worth_the_attention_are_stopped() -> None:
    threads = [Thread("a", "held", held=0.9), Thread("b", expected=0.5, closing=0.5)]
    assert market(threads, 0.3, 5, 20, attention=0.01).stop == ("b",)


def test_an_expiring_offer_is_signed_only_if_nothing_better_is_promised() -> None:
    threads = [Thread("a", "held", held=0.6, expires=5), Thread("b", expected=0.9, closing=0.9)]
    assert market(threads, 0.3, 5, 20).sign_now is None
    threads[1] = Thread("b", expected=0.6, closing=0.3)
    assert market(threads, 0.3, 5, 20).sign_now == "a"


def test_the_winner_is_the_best_offer_that_stands() -> None:
    threads = [Thread("b", "held", held=0.7), Thread("a", "held", held=0.7), Thread("c", "held", held=0.9, expires=2)]
    assert winner(threads, 0.3, 2) == "c"
    assert winner(threads, 0.3, 3) == "a"
    assert winner(threads, 0.95, 2) is None
