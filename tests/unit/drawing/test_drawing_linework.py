"""Bare lines to outlines: gaps, overshoots, what is listed and what stays open."""

from __future__ import annotations

import numpy as np
import pytest
import shapely

from qutb.files.drawing.linework import faces_of


def lines(*pairs):
    return np.array([shapely.LineString(p) for p in pairs], dtype=object)


SQUARE = [((0, 0), (10, 0)), ((10, 0), (10, 10)), ((10, 10), (0, 10)), ((0, 10), (0, 0))]


def areas(faces):
    return sorted(shapely.area(faces).round(2).tolist())


def test_closed_sides_make_a_face_without_any_join():
    faces, closures = faces_of(lines(*SQUARE), 1.0)
    assert areas(faces) == [100.0]
    assert len(closures.joins) == len(closures.open_ends) == 0


def test_a_corner_left_open_is_closed_where_the_sides_would_meet():
    """By hand: both sides stop 0.3 m short; through the corner the join is 0.6 m and the face whole."""
    faces, closures = faces_of(lines(((0, 0), (9.7, 0)), ((10, 0.3), (10, 10)), *SQUARE[2:]), 1.0)
    assert areas(faces) == [100.0]
    assert closures.joins["length_m"].tolist() == pytest.approx([0.6])
    assert closures.joins[["x_m", "y_m"]].to_numpy().tolist() == [pytest.approx([10.0, 0.0])]


def test_a_gap_wider_than_the_tolerance_stays_open_and_is_told():
    faces, closures = faces_of(lines(((0, 0), (7, 0)), *SQUARE[1:]), 1.0)
    assert len(faces) == 0
    assert closures.open_ends["distance_m"].round(2).min() == 3.0


def test_a_side_that_runs_past_its_corner_is_cut_there():
    faces, _ = faces_of(lines(((-0.5, 0), (10.5, 0)), *SQUARE[1:]), 0.1)
    assert areas(faces) == [100.0]


def test_a_divider_that_stops_short_of_the_outline_reaches_it():
    """Two lots of 40 and 60 m2."""
    faces, closures = faces_of(lines(*SQUARE, ((4, 0.2), (4, 9.9))), 1.0)
    assert areas(faces) == [40.0, 60.0]
    assert sorted(closures.joins["length_m"].round(3)) == [0.1, 0.2]


def test_sides_drawn_twice_count_once():
    faces, _ = faces_of(lines(*SQUARE, *SQUARE), 1.0)
    assert areas(faces) == [100.0]


def test_a_corner_nearby_is_taken_straight_ahead_not_beside():
    """The end at (9.6, 5) points at the crossing (10, 5), where three lots meet, not at (10, 5.3)."""
    sides = [*SQUARE, ((0, 5), (9.6, 5)), ((10, 5), (14, 5)), ((10, 5.3), (14, 9))]
    faces, _ = faces_of(lines(*sides), 1.0)
    assert areas(faces)[-2:] == [50.0, 50.0]
