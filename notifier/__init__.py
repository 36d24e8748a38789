"""The post room: everything that a resident or a member of staff receives from Earshot leaves here."""
