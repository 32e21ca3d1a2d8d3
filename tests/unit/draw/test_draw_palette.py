"""Colours: words stay readable on every fill, and no two uses look alike to any reader."""

from __future__ import annotations

from itertools import combinations

import numpy as np
import pytest

from qutb.draw import HATCHES, INK, PALETTE, color_of, contrast_ratio

# Machado, Oliveira, Fernandes 2009, severity 1.0, on linear RGB
VISIONS = {
    "usual": np.eye(3),
    "protanopia": np.array(
        [[0.152286, 1.052583, -0.204868], [0.114503, 0.786281, 0.099216], [-0.003882, -0.048116, 1.051998]]
    ),
    "deuteranopia": np.array(
        [[0.367322, 0.860646, -0.227968], [0.280085, 0.672501, 0.047413], [-0.011820, 0.042940, 0.968881]]
    ),
    "tritanopia": np.array(
        [[1.255528, -0.076749, -0.178779], [-0.078411, 0.930809, 0.147602], [0.004733, 0.691367, 0.303900]]
    ),
}
TO_XYZ = np.array([[0.4124, 0.3576, 0.1805], [0.2126, 0.7152, 0.0722], [0.0193, 0.1192, 0.9505]])
WHITE = np.array([0.95047, 1.0, 1.08883])
APART = 7.0  # CIE76 in Lab; about three just noticeable differences
USES = [u for u in PALETTE if u not in ("right_of_way", "unassigned", "other")]


def lab(color: str, vision: str) -> np.ndarray:
    srgb = np.array([int(color[i : i + 2], 16) / 255 for i in (1, 3, 5)])
    linear = np.where(srgb <= 0.04045, srgb / 12.92, ((srgb + 0.055) / 1.055) ** 2.4)
    xyz = TO_XYZ @ np.clip(VISIONS[vision] @ linear, 0, 1) / WHITE
    f = np.where(xyz > 216 / 24389, np.cbrt(xyz), (24389 / 27 * xyz + 16) / 116)
    return np.array([116 * f[1] - 16, 500 * (f[0] - f[1]), 200 * (f[1] - f[2])])


def test_contrast_is_that_of_wcag():
    assert contrast_ratio("#000000", "#ffffff") == pytest.approx(21.0)  # WCAG 2.2, 1.4.3
    assert contrast_ratio("#777777", "#ffffff") == pytest.approx(4.48, abs=0.01)  # WCAG's known near miss


@pytest.mark.parametrize("use", PALETTE)
def test_words_are_readable_on_every_fill(use):
    assert contrast_ratio(INK["text"], PALETTE[use]) >= 4.5


@pytest.mark.parametrize("ink", ["muted", "band_text", "constraint", "central", "finding"])
def test_words_in_other_inks_are_readable_on_paper(ink):
    assert contrast_ratio(INK[ink], "#ffffff") >= 4.5
    assert contrast_ratio(INK["band_text"], INK["band"]) >= 4.5


@pytest.mark.parametrize("vision", VISIONS)
def test_uses_differ_by_colour_or_by_hatch(vision):
    alike = [
        (a, b, round(float(np.linalg.norm(lab(PALETTE[a], vision) - lab(PALETTE[b], vision))), 1))
        for a, b in combinations(USES, 2)
        if np.linalg.norm(lab(PALETTE[a], vision) - lab(PALETTE[b], vision)) < APART
        and HATCHES.get(a) == HATCHES.get(b)
    ]
    assert alike == []


def test_denser_housing_is_darker():
    by_density = ["housing_villa", "housing_row", "housing_apartment", "housing_social"]
    light = [contrast_ratio(PALETTE[u], "#000000") for u in by_density]
    assert light == sorted(light, reverse=True)


def test_an_unknown_use_gets_the_neutral_colour():
    assert color_of("castle") == PALETTE["other"]
