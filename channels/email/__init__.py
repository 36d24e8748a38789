"""Electronic mail: hears a mailbox over IMAP, answers over SMTP."""
