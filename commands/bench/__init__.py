"""`earshot bench`: how fast Earshot is on this machine, next to what the machine itself can do in the same run."""
