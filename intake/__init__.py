"""The desk: every message is received here, joins or opens a case, and never leaves again unseen."""
