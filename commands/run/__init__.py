"""Earshot on one machine: its folder, its own Redis, its web server and its workers, kept alive together."""
