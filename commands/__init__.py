"""What `earshot COMMAND` does: one module a command."""
