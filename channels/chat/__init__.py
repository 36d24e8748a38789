"""Chat through a Telegram bot, pushed or polled."""
