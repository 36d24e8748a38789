"""What staff type in: calls, letters, visits, posts on social media, words of a councillor."""
