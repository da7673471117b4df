import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from facefit.search import top_k
from facefit.search.quickselect import best_of_each_resolution
from facefit.space.population import sample


class Counting:
    """Prefers by a score that is read off the genes, and counts comparisons and how often it is asked for some."""

    def __init__(self, score) -> None:
        self.score, self.calls, self.comparisons = score, 0, 0

    def __call__(self, genes):
        score = self.score(genes)

        def prefer(a, b):
            self.calls, self.comparisons = self.calls + 1, self.comparisons + len(a)
            return 0.5 + 0.25 * np.sign(score[a] - score[b])

        return prefer


def by_sum(genes):
    return (genes.astype(float) * np.arange(1, 1 + genes.shape[1])).sum(axis=1)


@settings(max_examples=60, deadline=None)
@given(seed=st.integers(0, 2**32 - 1), n=st.integers(1, 60), k=st.integers(0, 70))
def test_selects_what_sorting_selects(space, seed, n, k):
    rng = np.random.default_rng(seed)
    genes = np.unique(sample(space, n, rng), axis=0)
    chosen = top_k(genes, k, Counting(by_sum), rng)
    best = np.sort(by_sum(genes))[::-1][:k]
    assert len(set(chosen.tolist())) == len(chosen)
    assert np.sort(by_sum(genes[chosen]))[::-1].tolist() == best.tolist()


def test_needs_few_comparisons_in_few_calls(space):
    calls, comparisons = [], []
    for seed in range(30):
        rng = np.random.default_rng(seed)
        counting = Counting(by_sum)
        top_k(sample(space, 100, rng), 25, counting, rng)
        calls.append(counting.calls)
        comparisons.append(counting.comparisons)
    assert np.mean(comparisons) < 300  # all pairs would be 4,950
    assert np.mean(calls) < 12


def test_clones_count_once_and_do_not_slow_it_down(space):
    rng = np.random.default_rng(0)
    genes = np.repeat(sample(space, 4, rng), 500, axis=0)
    counting = Counting(by_sum)
    chosen = top_k(genes, 3, counting, rng)
    assert len(np.unique(genes[chosen], axis=0)) == 3
    assert counting.comparisons <= 6
    assert len(top_k(genes, 10, counting, rng)) == 4


def test_a_comparator_that_knows_nothing_settles_all_in_one_call(space):
    rng = np.random.default_rng(1)
    counting = Counting(lambda genes: np.zeros(len(genes)))
    assert len(set(top_k(sample(space, 300, rng), 50, counting, rng).tolist())) == 50
    assert counting.calls == 1


def test_a_comparator_that_contradicts_itself_still_ends(space):
    rng = np.random.default_rng(2)
    genes = sample(space, 200, rng)
    assert len(top_k(genes, 50, lambda _: lambda a, b: rng.random(len(a)), rng)) == 50
    assert len(top_k(genes, 50, lambda _: lambda a, b: np.full(len(a), 0.9), rng)) == 50


def test_same_seed_same_choice(space):
    genes = sample(space, 100, np.random.default_rng(3))
    first, second = (top_k(genes, 20, Counting(by_sum), np.random.default_rng(4)).tolist() for _ in range(2))
    assert first == second


@settings(max_examples=40, deadline=None)
@given(seed=st.integers(0, 2**32 - 1), sizes=st.tuples(*[st.integers(0, 30)] * 3), n=st.integers(1, 40))
def test_each_resolution_gives_its_exact_share_and_leaves_what_it_lacks_to_the_others(space, seed, sizes, n):
    rng = np.random.default_rng(seed)
    genes = np.unique(sample(space, 200, rng), axis=0)
    genes = np.concatenate([genes[genes[:, 0] == r][:size] for r, size in enumerate(sizes)])
    chosen = best_of_each_resolution(rng.permutation(genes), n, Counting(by_sum), rng) if len(genes) else genes
    given = np.bincount(chosen[:, 0], minlength=3)
    assert len(np.unique(chosen, axis=0)) == len(chosen) == min(n, len(genes))
    if n < np.count_nonzero(sizes):
        return
    cut = [count for count, size in zip(given, sizes, strict=True) if count < size]
    assert not cut or max(given) - min(cut) <= 1  # none has more than one that gives but a part
    for r in range(3):
        own = genes[genes[:, 0] == r]
        assert (
            np.sort(by_sum(chosen[chosen[:, 0] == r])).tolist() == np.sort(by_sum(own))[len(own) - given[r] :].tolist()
        )
