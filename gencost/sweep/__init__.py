"""One command line: its cells checked, run and compared, under any launcher."""
