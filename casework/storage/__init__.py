"""The book: tables, and functions that take a Session."""
