"""Everything that Earshot depends on, examined one by one."""
