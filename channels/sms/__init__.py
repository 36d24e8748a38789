"""Text messages, sent and heard through Twilio."""
