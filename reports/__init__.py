"""Looking back: reads the book and never writes."""
