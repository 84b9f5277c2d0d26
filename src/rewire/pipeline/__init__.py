"""The whole analysis: read, check, measure, estimate, report."""
