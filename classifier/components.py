"""Registers every step of the pipeline with spaCy: import this before loading or training a model."""

from classifier import bags, decision, reading, votes

__all__ = ["bags", "decision", "reading", "votes"]
