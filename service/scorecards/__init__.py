"""From counters to a scorecard: windows, business time, attainment and score. Pure: values in, values out."""
