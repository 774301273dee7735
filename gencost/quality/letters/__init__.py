"""The letter, or the label, that an answer states among options: where it stands in the text, by which words."""
