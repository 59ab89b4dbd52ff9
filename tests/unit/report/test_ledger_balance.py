"""A ledger that does not add up is said to, sum by sum."""

import copy

import pytest

from yiju.report.sections.ledger_section import discrepancies, read_ledger, reasons

ENTRY = {
    "read": 10,
    "kept": 7,
    "dropped": {"duplicate": 2},
    "rejected": {"no agreement": 1},
    "splits": {"dev": 3, "train": 4},
    "labels": {"0": 3, "1": 4},
}
LEDGER = {"corpora": {"A": ENTRY}, "total": dict(ENTRY), "leaks": {}}


def test_a_right_ledger_has_no_discrepancy():
    corpora, total = read_ledger(LEDGER, ["A"])
    assert discrepancies(corpora, total) == []
    assert reasons(corpora) == [("A", "reader", "no agreement", 1), ("A", "filter", "duplicate", 2)]


@pytest.mark.parametrize(
    ("where", "change", "said"),
    [
        ("A", {"kept": 6}, "A: 10 rows read, but 9 kept, dropped or rejected"),
        ("A", {"splits": {"train": 4}}, "A: 7 rows kept, but its splits hold 4"),
        ("A", {"labels": {"0": 3}}, "A: 7 rows kept, but its labels hold 3"),
        ("total", {"read": 1012}, "total: 1,012 rows read, but the corpora add up to 10"),
        ("total", {"dropped": {"leak": 2}}, "total: 0 rows dropped as “duplicate”, but the corpora add up to 2"),
    ],
)
def test_each_wrong_sum_is_named(where, change, said):
    ledger = copy.deepcopy(LEDGER)
    (ledger["total"] if where == "total" else ledger["corpora"]["A"]).update(change)
    assert said in discrepancies(*read_ledger(ledger, ["A"]))
