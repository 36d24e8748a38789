"""The messages of the benchmark: ordinary ones, each from somebody else."""

_BEGINNINGS = (
    "Good morning, the boiler at our flat has stopped again and this is the third time since March.",
    "Hello, I am writing about the damp in the back bedroom, which nobody has come to look at.",
    "Please can somebody look at the kitchen tap, it has started to drip.",
    "I reported the broken door entry three weeks ago and have heard nothing since.",
    "Thank you to the two men who mended our fence, they were very kind and tidy.",
    "Could you tell me when the office is open over Christmas?",
    "The lift has been out of order since Sunday and my mother cannot manage the stairs.",
    "My rent statement shows a charge for a key that I never had.",
)
_ENDINGS = (
    "We have two small children and it is getting cold in the evenings. Please call me after four.",
    "I have been a tenant here for eleven years and have never had to write before.",
    "I took a day off work and waited in from eight until six.",
    "The neighbours at number 14 have the same trouble, they say.",
    "You can leave a message if I do not pick up. Many thanks for your help.",
)


def words(number: int) -> str:
    """What message `number` says: some fifty words."""
    return f"{_BEGINNINGS[number % len(_BEGINNINGS)]} {_ENDINGS[number % len(_ENDINGS)]} Flat {number}, Larch Court."


def mail(number: int, run: str = "bench") -> bytes:
    """Message `number` as a raw mail of about 900 bytes."""
    return (
        f"Received: from mx.example.org by mail.larchmere.example; Sun, 22 Nov 2026 09:00:00 +0000\r\n"
        f"From: Resident {number} <resident{number}.{run}@example.org>\r\n"
        f"To: Larchmere Homes <info@larchmere.example>\r\n"
        f"Subject: About our home, number {number}\r\n"
        f"Message-ID: <{run}-{number}@example.org>\r\n"
        f"Date: Sun, 22 Nov 2026 09:00:00 +0000\r\n"
        f"MIME-Version: 1.0\r\nContent-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: 8bit\r\n"
        f"X-Mailer: An ordinary mail program 1.0\r\n\r\n"
        f"{words(number)}\r\n\r\nYours\r\nResident {number}\r\n"
    ).encode()
