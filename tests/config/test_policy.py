"""The policy file is typed: a missing, unknown or odd value stops the start and is named."""

from __future__ import annotations

import pytest

from config import load_policy
from config.policy import POLICY_FILE


@pytest.fixture
def policy_file(tmp_path):
    def write(old: str, new: str):
        shipped = POLICY_FILE.read_text(encoding="utf-8")
        assert old in shipped
        changed = tmp_path / "policy.toml"
        changed.write_text(shipped.replace(old, new), encoding="utf-8")
        return changed

    return write


def test_the_shipped_policy_is_read():
    assert load_policy().points.matures_after_days == 1


@pytest.mark.parametrize(
    "old, new, named",
    [
        ("matures_after_days = 1 ", "", "matures_after_days"),
        ("matures_after_days = 1 ", "matures_after_days = -1 ", "matures_after_days"),
        ("matures_after_days = 1 ", 'matures_after_days = "1" ', "matures_after_days"),
        ("matures_after_days = 1 ", "matures_after_days = true ", "matures_after_days"),
        ("[jobs]", "[jobs]\nsurprise = 1", "surprise"),
        ("[jobs]", "[surprises]\nx = 1\n[jobs]", "surprises"),
    ],
)
def test_a_policy_that_cannot_be_meant_is_refused_by_name(old, new, named, policy_file):
    with pytest.raises(ValueError, match=named):
        load_policy(policy_file(old, new))
