"""Plans of published analyses, as data."""
