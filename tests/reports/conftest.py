"""The desk over a migrated book, for every test of this room."""

from support.book import house, quick_house

__all__ = ["house", "quick_house"]
