"""How Earshot hears and speaks: one folder a channel, none of which knows a case."""
