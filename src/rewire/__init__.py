"""What a treatment for depression changed in the brain, and how far the data say so."""

__version__ = "0.1.0"
