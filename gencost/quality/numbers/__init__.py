"""Numbers as answers write them: in words, with units, as dates; and the one among them that is the answer."""
