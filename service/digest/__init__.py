"""Monday morning: who needs help, with what, and what improved; for each technician their own three lines."""
