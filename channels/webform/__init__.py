"""The form on the landlord's web site: it listens, and answers leave by e-mail or text."""
