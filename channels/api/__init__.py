"""What other systems post: a landlord's web site, its repairs system, a council's forms."""
