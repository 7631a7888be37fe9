"""The policy file: no file works, every key is read, and every mistake is named with its line."""

from __future__ import annotations

from datetime import date, time
from decimal import Decimal
from pathlib import Path

import pytest

from models.errors import PolicyError
from models.policy import KPI_KEYS, KpiPolicy, Policy, default_policy, load_policy

EVERY_KEY = """\
timezone = "Europe/London"
technicians = [29682885, 29682800]
ignored_resources = [4, 9]
internal_companies = [12]
unmanaged_companies = [13]
excluded_queues = [8, "Sales"]
excluded_categories = [3]
endpoint_types = [1, 2]
late_after_minutes = 20
breach_grace_minutes = 0
gap_after_minutes = 3
close_day = 10
rate = 150.50
currency = "GBP"

[business_day]
start = "09:00"
end = 17:30:00
days = ["sat", "mon", "mon"]

[roles.status]
complete = [5, 20]
merged = [21]
escalated = ["On hold", 22]
[roles]
queue.excluded = [30]
type = { incident = [1], request = [2] }
source.monitoring = [8]
time_off_status.approved = [1]
work_type.time_off = [40]

[tiers.queues]
29682833 = 1
"Level two" = { rank = 2, from = 2026-01-01 }
[[tiers.technicians.29682885]]
rank = 2
from = 2026-03-01
[[tiers.technicians.29682885]]
rank = 1

[kpis.utilization]
target = 0.750
floor = 0.4
minimum_sample = 3
weight = 2
"""


def written(folder: Path, text: str) -> Path:
    """A policy file with that text."""
    path = folder / "scorecard.toml"
    path.write_text(text, encoding="utf-8")
    return path


def complaints(folder: Path, text: str) -> list[str]:
    """What ``load_policy`` says against that text, without the folder."""
    with pytest.raises(PolicyError) as caught:
        load_policy(written(folder, text))
    return [line.removeprefix(f"{folder}/") for line in str(caught.value).splitlines()]


class TestReading:
    """What a file may say."""

    def test_no_file_gives_the_defaults(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        """Without ``scorecard.toml`` in the working folder the built-in policy is in force."""
        monkeypatch.chdir(tmp_path)

        assert default_policy() == load_policy(None)

    def test_the_default_file_is_found(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        """``scorecard.toml`` in the working folder is read without being named."""
        monkeypatch.chdir(tmp_path)
        written(tmp_path, "close_day = 9")

        assert 9 == load_policy(None).close_day

    def test_a_named_file_must_exist(self, tmp_path: Path) -> None:
        """A file the user named and that is not there is no reason to fall back on defaults."""
        with pytest.raises(PolicyError, match="no such policy file"):
            load_policy(tmp_path / "elsewhere.toml")

    def test_an_empty_file_gives_the_defaults(self, tmp_path: Path) -> None:
        """Every key is optional."""
        assert default_policy() == load_policy(written(tmp_path, ""))

    def test_defaults_are_those_of_the_design(self) -> None:
        """The values of design §6."""
        policy = default_policy()

        assert ("America/New_York", "auto", (4,)) == (policy.timezone, policy.technicians, policy.ignored_resources)
        assert (15, 5, 2, 8) == (
            policy.late_after_minutes,
            policy.breach_grace_minutes,
            policy.gap_after_minutes,
            policy.close_day,
        )
        assert (time(8), time(17)) == (policy.business_day.start, policy.business_day.end)
        assert ("mon", "tue", "wed", "thu", "fri") == policy.business_day.days
        assert (Decimal(150), "USD") == (policy.rate, policy.currency)
        assert "America/New_York" == policy.zone.key

    def test_every_key_is_read(self, tmp_path: Path) -> None:
        """A file that says something under every key is understood whole; lists of ids come out sorted."""
        policy = load_policy(written(tmp_path, EVERY_KEY))

        assert not isinstance(policy.technicians, str)
        assert [29682800, 29682885] == [one.id for one in policy.technicians]
        assert (8, "Sales") == policy.excluded_queues
        assert (Decimal("150.5"), "GBP") == (policy.rate, policy.currency)
        assert (time(9), time(17, 30), ("mon", "sat")) == (
            policy.business_day.start,
            policy.business_day.end,
            policy.business_day.days,
        )
        assert (
            KpiPolicy(target=Decimal("0.75"), floor=Decimal("0.4"), minimum_sample=3, weight=Decimal(2))
            == (policy.kpis["utilization"])
        )

    def test_tiers_may_be_dated(self, tmp_path: Path) -> None:
        """A bare rank holds for all time; dated ones come in the order of their dates."""
        tiers = load_policy(written(tmp_path, EVERY_KEY)).tiers

        assert [(1, None)] == [(tier.rank, tier.since) for tier in tiers.queues["29682833"]]
        assert [(2, date(2026, 1, 1))] == [(tier.rank, tier.since) for tier in tiers.queues["Level two"]]
        assert [(1, None), (2, date(2026, 3, 1))] == [(tier.rank, tier.since) for tier in tiers.technicians["29682885"]]

    def test_a_byte_order_mark_and_windows_line_ends_are_fine(self, tmp_path: Path) -> None:
        """An editor on Windows writes both."""
        path = tmp_path / "scorecard.toml"
        path.write_bytes(b"\xef\xbb\xbfclose_day = 9\r\nrate = 1.5\r\n")

        assert (9, Decimal("1.5")) == (load_policy(path).close_day, load_policy(path).rate)


class TestRoles:
    """Which ids have which role."""

    def test_a_role_is_a_set_of_ids(self, tmp_path: Path) -> None:
        """Ids are found by picklist and role; what a file does not say keeps its default."""
        policy = load_policy(written(tmp_path, EVERY_KEY))

        assert frozenset({5, 20}) == policy.ids("status", "complete")
        assert frozenset({7}) == policy.ids("status", "sla_paused")
        assert frozenset({30}) == policy.ids("queue", "excluded")
        assert frozenset() == policy.ids("type", "alert")

    def test_labels_are_left_out_and_listed(self, tmp_path: Path) -> None:
        """Labels have no effect before picklists are read, and ``config check`` can say which those are."""
        policy = load_policy(written(tmp_path, EVERY_KEY))

        assert frozenset({22}) == policy.ids("status", "escalated")
        assert (
            'excluded_queues: "Sales"',
            'roles.status.escalated: "On hold"',
            'tiers.queues."Level two"',
        ) == policy.unresolved_labels()

    @pytest.mark.parametrize(("kind", "role"), [("status", "done"), ("priority", "complete"), ("noun", "complete")])
    def test_an_unknown_role_is_a_mistake_of_ours(self, kind: str, role: str) -> None:
        """Asking for a role that does not exist fails instead of giving nobody."""
        with pytest.raises(ValueError, match="no role"):
            default_policy().ids(kind, role)


class TestStored:
    """The policy as JSON, for the effective policy and the generation."""

    @pytest.mark.parametrize("text", ["", EVERY_KEY])
    def test_json_brings_the_same_policy_back(self, tmp_path: Path, text: str) -> None:
        """What is stored is read back equal, and written again byte for byte."""
        policy = load_policy(written(tmp_path, text))

        assert policy == Policy.from_json(policy.to_json())
        assert policy.to_json() == Policy.from_json(policy.to_json()).to_json()

    def test_the_order_of_a_file_means_nothing(self, tmp_path: Path) -> None:
        """Order, repetition and trailing zeros give one policy, hence one revision."""
        one = load_policy(written(tmp_path, "ignored_resources = [9, 4, 4]\nrate = 100.0"))
        other = load_policy(written(tmp_path, "rate = 100\nignored_resources = [4, 9]"))

        assert one.to_json() == other.to_json()

    def test_another_shape_is_refused(self) -> None:
        """A stored policy that this release does not understand is an error, not half a policy."""
        with pytest.raises(PolicyError, match="stored policy"):
            Policy.from_json('{"late_after": 3}')

    @pytest.mark.parametrize(
        "text",
        ["rate = 90", 'currency = "EUR"', "close_day = 12", "leaderboard = true", "[kpis.utilization]\ntarget = 0.7"],
    )
    def test_display_and_targets_are_no_meaning(self, tmp_path: Path, text: str) -> None:
        """Design §5: targets, floors, weights, samples, rate, currency and close day build no new ledger."""
        assert default_policy().meaning() == load_policy(written(tmp_path, text)).meaning()

    @pytest.mark.parametrize(
        "text",
        [
            'timezone = "Europe/London"',
            "technicians = [1]",
            "ignored_resources = []",
            "internal_companies = [1]",
            "unmanaged_companies = [1]",
            "excluded_queues = [1]",
            "excluded_categories = [1]",
            "endpoint_types = [1]",
            "late_after_minutes = 16",
            "breach_grace_minutes = 6",
            "gap_after_minutes = 3",
            '[business_day]\nend = "18:00"',
            "[roles.status]\nmerged = [9]",
            "[tiers.queues]\n8 = 1",
        ],
    )
    def test_everything_else_is_meaning(self, tmp_path: Path, text: str) -> None:
        """Whatever else changes makes another generation."""
        assert default_policy().meaning() != load_policy(written(tmp_path, text)).meaning()


class TestMistakes:
    """What the manager is told."""

    def test_an_unknown_role_names_line_key_and_allowed(self, tmp_path: Path) -> None:
        """The issue's own example."""
        text = "# our policy\n\n[roles.status]\ncomplete = [5]\ncomplet = [5]\n"

        assert [
            (
                "scorecard.toml:5: roles.status.complet is not a role; allowed: "
                "cancelled, complete, duplicate, escalated, merged, sla_paused, waiting"
            )
        ] == complaints(tmp_path, text)

    def test_every_problem_is_named_in_the_order_of_the_file(self, tmp_path: Path) -> None:
        """One reading shows all there is to mend."""
        text = 'late_after_minutes = "15"\nbogus = 1\n[kpis.utilisation]\n[tiers.queues]\n8 = { rank = 1, form = 1 }'
        found = [(int(line.split(":")[1]), line.split(" ")[1]) for line in complaints(tmp_path, text)]

        assert [(1, "late_after_minutes"), (2, "bogus"), (3, "kpis.utilisation"), (5, "tiers.queues.8.form")] == found

    def test_an_element_of_a_long_list_has_its_own_line(self, tmp_path: Path) -> None:
        """Also between comments, brackets and quotes."""
        text = 'currency = """\nUSD"""\nexcluded_queues = [ # [\n  "a ] # b",\n  3,\n  true, # here\n]\n'

        assert [
            (
                "scorecard.toml:6: excluded_queues[2] = true cannot be used; "
                "allowed: an id, a whole number from 0, or a label in quotes"
            )
        ] == complaints(tmp_path, text)

    @pytest.mark.parametrize(
        ("text", "expected"),
        [
            (
                'timezone = "America/Nowhere"',
                (
                    'scorecard.toml:1: timezone = "America/Nowhere" cannot be used; allowed: the name of a time zone '
                    "of the IANA database, such as America/New_York or Europe/London"
                ),
            ),
            (
                "close_day = 31",
                "scorecard.toml:1: close_day = 31 cannot be used; allowed: a day of the month from 1 to 28",
            ),
            (
                "leaderboard = 1",
                "scorecard.toml:1: leaderboard = 1 cannot be used; allowed: true or false",
            ),
            (
                "gap_after_minutes = 2.0",
                "scorecard.toml:1: gap_after_minutes = 2.0 cannot be used; allowed: whole minutes from 0 to 1440",
            ),
            (
                "rate = nan",
                "scorecard.toml:1: rate = NaN cannot be used; allowed: an amount of money per hour from 0 to 1000000",
            ),
            (
                'technicians = "all"',
                (
                    'scorecard.toml:1: technicians = "all" cannot be used; '
                    'allowed: "auto", or a list of at least one resource id, dated ones as {id = 7, from = 2026-01-01}'
                ),
            ),
            (
                "internal_companies = 3",
                "scorecard.toml:1: internal_companies = 3 cannot be used; allowed: a list of ids",
            ),
            ("business_day = 8", "scorecard.toml:1: business_day = 8 cannot be used; allowed: a table"),
            (
                "\nbusiness_day = { start = 8 }",
                (
                    "scorecard.toml:2: business_day.start = 8 cannot be used; "
                    'allowed: a time of day in quotes, "00:00" to "23:59"'
                ),
            ),
            (
                '[business_day]\n\nstart = "18:00"',
                (
                    "scorecard.toml:1: business_day: end 17:00 is not after start 18:00; "
                    "allowed: an end later on the same day"
                ),
            ),
            (
                '[business_day]\ndays = ["mon", "Tue"]',
                (
                    'scorecard.toml:2: business_day.days[1] = "Tue" cannot be used; '
                    "allowed: mon, tue, wed, thu, fri, sat, sun"
                ),
            ),
            (
                "[business_day]\ndays = []",
                (
                    "scorecard.toml:2: business_day.days = [] cannot be used; "
                    "allowed: a list of at least one of: mon, tue, wed, thu, fri, sat, sun"
                ),
            ),
            (
                "[kpis]\nutilization.target = 80",
                (
                    "scorecard.toml:2: kpis.utilization.target = 80 cannot be used; "
                    "allowed: a number from 0 to 10 with at most 6 decimals (80 % is 0.80)"
                ),
            ),
            (
                "[kpis.utilization]\ntarget = 0.5\nfloor = 0.50",
                "scorecard.toml:1: kpis.utilization: target and floor are both 0.5; allowed: two different numbers",
            ),
            (
                "[tiers.queues]\n8 = [{ rank = 1 }, { rank = 2 }]",
                "scorecard.toml:2: tiers.queues.8: two ranks hold from the same day; allowed: one rank a day",
            ),
            (
                "[tiers.queues]\n8 = { from = 2026-01-01 }",
                "scorecard.toml:2: tiers.queues.8.rank is missing",
            ),
            (
                "[[tiers.queues.8]]\nrank = 1\n[[tiers.queues.8]]\nrank = 2\nfrom = 2026",
                "scorecard.toml:5: tiers.queues.8[1].from = 2026 cannot be used; allowed: a date such as 2026-01-01",
            ),
        ],
    )
    def test_the_words_of_a_mistake(self, tmp_path: Path, text: str, expected: str) -> None:
        """Where it stands, what was given, what is allowed."""
        assert [expected] == complaints(tmp_path, text)

    def test_an_unknown_kpi_lists_all(self, tmp_path: Path) -> None:
        """The KPIs of kpis.md §3 are the only tables under ``kpis``."""
        assert [f"scorecard.toml:1: kpis.utilisation is not a KPI; allowed: {', '.join(KPI_KEYS)}"] == complaints(
            tmp_path, "[kpis.utilisation]"
        )

    @pytest.mark.parametrize(
        ("text", "line"),
        [("close_day = 8\nrate = = 3\n", 2), ("rate = 1\nrate = 2\n", 2), ("rate = 1\n\ncurrency = [\n", 3)],
    )
    def test_broken_toml_names_its_line(self, tmp_path: Path, text: str, line: int) -> None:
        """A file that is no TOML is refused with the place where reading ended."""
        (complaint,) = complaints(tmp_path, text)

        assert f"scorecard.toml:{line}: is not valid TOML: " == complaint[: complaint.index("TOML: ") + 6]

    def test_a_file_of_another_encoding_names_its_line(self, tmp_path: Path) -> None:
        """TOML is UTF-8."""
        path = tmp_path / "scorecard.toml"
        path.write_bytes(b'rate = 1\ncurrency = "\xa3"\n')

        with pytest.raises(PolicyError, match=r"scorecard\.toml:2: is not UTF-8"):
            load_policy(path)

    def test_a_folder_is_no_policy_file(self, tmp_path: Path) -> None:
        """What cannot be read is an error of ours, not of the system."""
        with pytest.raises(PolicyError, match="cannot be read"):
            load_policy(tmp_path)
