"""Landlords as TOML, the Complaint Handling Code as data, and the linter that holds one against the other."""
