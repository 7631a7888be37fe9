"""The Tech Balanced Scorecard of a month as a workbook that recomputes itself, and as CSV for scripts."""
