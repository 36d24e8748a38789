"""Reads words: what a message is about, how urgent, how sure, and why."""
