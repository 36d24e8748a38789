"""What we owe and by when: the law as data, rules as pure functions, and the book they are kept in."""
