"""The demo neighbourhood: residents to be, and providers that keep what they are given instead of sending it."""
