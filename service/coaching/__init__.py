"""Coaching plans: one number, a goal, dates to look again, and a computed answer to "how does it go?"."""
