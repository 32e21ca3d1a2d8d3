"""Works start only when nothing is unmet; a log that was touched is found, at the first record that was."""

from __future__ import annotations

import random
from dataclasses import replace
from datetime import date

import pytest

from fixtures.procedures import GATE
from qutb.procedures import FIELDS, Checkpoint, Funding, first_fault, gate, sealed

TODAY = date(2026, 11, 24)
SHUT = {
    "GATE-PLAN-NOT-IN-FORCE": {"plan_state": "approved"},
    "GATE-RESERVATION-BLOCKS": {"blocking_reservations": (("V-1", "water"),)},
    "GATE-LAND-HELD": {"parcels_held": (("T-12", "state"),)},
    "GATE-LAND-UNKNOWN": {"land_known": False},
    "GATE-NO-FUNDING": {"fundings": ()},
    "GATE-FUNDING-NOT-VERIFIED": {"fundings": (Funding(commitment_id="C-1", debtor="state", state="late"),)},
    "GATE-CONTRACT-NOT-SIGNED": {"contract_state": ""},
    "GATE-CONTRACT-OTHER-PLAN": {"contract_plan_digest": "f" * 64},
    "GATE-PERMIT-NOT-VALID": {"permit_until": date(2026, 11, 23)},
}


def test_the_gate_opens_when_everything_is_there():
    assert gate(GATE, TODAY) == ()


@pytest.mark.parametrize("code", SHUT)
def test_each_condition_shuts_the_gate_and_names_its_owner(code):
    unmet = gate(replace(GATE, **SHUT[code]), TODAY)
    assert [u.code for u in unmet] == [code]
    assert unmet[0].owner


def test_a_plan_past_its_term_is_not_in_force():
    over = gate(replace(GATE, plan_in_force_until=date(2026, 11, 23)), TODAY)
    assert [u.code for u in over] == ["GATE-PLAN-NOT-IN-FORCE"]


def test_tamesna_would_have_been_refused_for_three_reasons():
    """No approved plan, no financing scheme, land not settled: the Court's report on the new towns, 2023-24."""
    facts = replace(
        GATE, plan_state="draft", fundings=(), parcels_held=(("T", "state"),), contract_plan_digest=GATE.plan_digest
    )
    assert {u.code for u in gate(facts, TODAY)} == {"GATE-PLAN-NOT-IN-FORCE", "GATE-NO-FUNDING", "GATE-LAND-HELD"}


def _log(length: int) -> list[dict[str, object]]:
    records: list[dict[str, object]] = []
    for n in range(length):
        said = dict.fromkeys(set(FIELDS) - {"seq", "previous"}, "") | {"stream": "approval/1", "event": f"e{n}"}
        records.append(sealed(said, records[-1] if records else None))
    return records


def test_a_whole_log_has_no_fault():
    records = _log(50)
    assert first_fault(records) is None
    assert first_fault(records, [Checkpoint(stream="approval/1", seq=49, hash=str(records[49]["hash"]))]) is None
    assert first_fault([]) is None


@pytest.mark.parametrize("seed", range(200))
def test_any_edit_is_found_at_the_record_that_was_touched(seed):
    rng = random.Random(seed)
    records = _log(30)
    mark = Checkpoint(stream="approval/1", seq=29, hash=str(records[29]["hash"]))
    at = rng.randrange(30)
    kind = rng.choice(["change", "delete", "swap", "insert", "rehash", "cut"])
    if kind == "change":
        field = rng.choice(FIELDS)
        records[at] = records[at] | {field: -1 if field == "seq" else "other"}
    elif kind == "delete":
        del records[at]
    elif kind == "swap":
        at = rng.randrange(29)
        records[at], records[at + 1] = records[at + 1], records[at]
    elif kind == "insert":
        records.insert(at, dict(records[at]))
        at += 1
    elif kind == "rehash":
        body = {k: v for k, v in records[at].items() if k not in ("hash", "seq", "previous")} | {"reason": "other"}
        records[at] = sealed(body, records[at - 1] if at else None)
        at = min(at + 1, 29)  # the forged record is whole; the next no longer follows it, or the checkpoint tells
    else:
        records = records[:at]
    fault = first_fault(records, [mark])
    assert fault is not None
    assert fault.seq == at


def test_a_record_with_a_field_too_many_or_too_few_is_not_written():
    with pytest.raises(ValueError, match="differ"):
        sealed({"stream": "x"}, None)
