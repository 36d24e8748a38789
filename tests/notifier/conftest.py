"""The desk over a migrated book and a provider that does as it is told, for every test of this room."""

from support.book import house, quick_house
from support.post import provider

__all__ = ["house", "provider", "quick_house"]
