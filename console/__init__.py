"""The doors that people use: resident pages, staff console, webhooks, health."""
