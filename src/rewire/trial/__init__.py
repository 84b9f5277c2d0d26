"""Reading and judging a trial's folder."""
