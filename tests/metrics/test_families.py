"""The text of gauges, held to what ``prometheus_client`` writes."""

from __future__ import annotations

from prometheus_client import CollectorRegistry, Gauge, generate_latest

from service.metrics.families import PREFIX, Families

HOSTILE = 'a "b" \\ c\nd {e="f"} ü'
VALUES = (0, 1, -1, 0.5, 2 / 3, 12_345_678.0, 1e-9, 1e21, -12_345_678.5, 1_790_000_000.123456)


def test_the_text_is_that_of_the_library() -> None:
    """Labels in any order and with any text, every magnitude of value, and families without a sample."""
    families, registry = Families(), CollectorRegistry()
    families.declare("plain", "One \\ and\nanother.")
    families.declare("empty", "None.", ("kpi",))
    families.declare("labelled", "Some.", ("window", "kpi", "tech"))
    Gauge(f"{PREFIX}plain", "One \\ and\nanother.", registry=registry).set(0.25)
    Gauge(f"{PREFIX}empty", "None.", ("kpi",), registry=registry)
    gauge = Gauge(f"{PREFIX}labelled", "Some.", ("window", "kpi", "tech"), registry=registry)
    families.add("plain", 0.25)
    for number, value in enumerate(VALUES):
        labels = ("mtd", f"kpi_{number}", HOSTILE)
        gauge.labels(*labels).set(value)
        families.add("labelled", value, *labels)
    assert generate_latest(registry) == families.render()


def test_samples_made_apart_are_put_where_they_belong() -> None:
    """A part filled apart and put in twice gives its samples twice; the part's own families stay apart."""
    families = Families()
    families.declare("one", "One.", ("kpi",))
    families.declare("two", "Two.")
    part = families.part()
    part.add("one", 1, "a")
    samples = part.samples()
    assert {"one": 'techscore_one{kpi="a"} 1.0\n'} == samples
    assert b"1.0" not in families.render()
    families.put(samples)
    families.put(samples)
    assert 2 == families.render().count(b'techscore_one{kpi="a"} 1.0\n')


def test_without_a_value_there_is_no_sample() -> None:
    """Absent, never NaN."""
    families = Families()
    families.declare("one", "One.")
    families.add("one", None)
    assert b"# HELP techscore_one One.\n# TYPE techscore_one gauge\n" == families.render()
