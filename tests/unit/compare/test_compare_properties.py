"""What holds of any two plans."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from qutb.compare.comparison import _cell
from qutb.compare.readings import Reading

_number = st.floats(min_value=0.0, max_value=1e9, allow_nan=False)


@st.composite
def readings(draw):
    low, value, high = sorted(draw(st.tuples(_number, _number, _number)))
    return Reading(value=value, low=low, high=high) if draw(st.booleans()) else Reading(value=value)


_sides = st.sampled_from(["more", "less", "none"])
_MIRRORED = {"better": "worse", "worse": "better", "more": "less", "less": "more", "": ""}


@given(readings(), _sides)
def test_a_plan_beside_itself_is_equal(reading, better):
    assert _cell(reading, reading, better, None, base_column=False).word == "equal"


@given(readings(), readings(), _sides)
@settings(max_examples=300)
def test_the_order_of_two_plans_turns_the_words_and_keeps_the_size_of_the_difference(one, other, better):
    there = _cell(one, other, better, None, base_column=False)
    back = _cell(other, one, better, None, base_column=False)
    assert abs(there.difference) == abs(back.difference)
    assert back.word == _MIRRORED.get(there.word, there.word)
    assert back.on_equal_assumptions == _MIRRORED.get(there.on_equal_assumptions, there.on_equal_assumptions)
