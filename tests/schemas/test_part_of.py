"""Cycles of `part_of`: each is found, and the time is linear."""

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas.part_of import find_cycles, part_of_fields

NAMES = st.sampled_from("abcdefgh")


def test_types_with_parts_follow_from_their_declaration() -> None:
    assert part_of_fields() == {
        "issues": ("part_of", None),
        "events": ("relations", "event"),
        "proposals": ("relations", "proposal"),
    }


@pytest.mark.parametrize(
    ("edges", "cycles"),
    [
        ({"a": ["b"], "b": ["c"]}, []),
        ({"a": ["b", "c"], "b": ["d"], "c": ["d"], "d": []}, []),
        ({"a": ["b"], "b": ["a"]}, [{"a", "b"}]),
        ({"x": ["a"], "a": ["b"], "b": ["c"], "c": ["a", "y"], "y": ["z"]}, [{"a", "b", "c"}]),
        ({"a": ["b"], "b": ["a"], "c": ["d"], "d": ["c"]}, [{"a", "b"}, {"c", "d"}]),
    ],
)
def test_cycles_are_found(edges: dict[str, list[str]], cycles: list[set[str]]) -> None:
    assert [set(cycle) for cycle in find_cycles(edges)] == cycles


@given(st.dictionaries(NAMES, st.lists(NAMES, unique=True)))
def test_graph_without_the_cycles_has_no_cycle(edges: dict[str, list[str]]) -> None:
    cycles = list(find_cycles(edges))
    for cycle in cycles:
        assert all(whole in edges[part] for part, whole in zip(cycle, [*cycle[1:], cycle[0]], strict=True))
    on_cycles = [record for cycle in cycles for record in cycle]
    assert len(on_cycles) == len(set(on_cycles))
    rest = {part: {whole for whole in wholes if whole in edges} for part, wholes in edges.items()}
    for record in on_cycles:
        del rest[record]
    while leaves := [part for part, wholes in rest.items() if not wholes & rest.keys()]:
        for part in leaves:
            del rest[part]
    assert rest == {}


@pytest.mark.parametrize("count", [10_000])
def test_time_of_the_search_is_linear(count: int) -> None:
    """A long chain into many cycles, and one cycle through all."""
    chain: dict[str, list[str]] = {f"n{number}": [f"n{number + 1}"] for number in range(count)}
    pairs = {f"p{number}": [f"q{number}"] for number in range(count)}
    pairs |= {f"q{number}": [f"p{number}"] for number in range(count)}
    began = time.process_time()
    many = list(find_cycles({**chain, f"n{count}": list(pairs), **pairs}))
    (one,) = find_cycles({**chain, f"n{count}": ["n0"]})
    assert time.process_time() - began < 3
    assert len(many) == count
    assert len(one) == count + 1
