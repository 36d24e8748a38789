"""Registers every step of the pipeline with spaCy: import this before loading or training a model."""

from classifier import bags, decision, meanings, network, reading

__all__ = ["bags", "decision", "meanings", "network", "reading"]
