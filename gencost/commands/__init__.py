"""The commands of ``gencost``, a module for each kind; what a command needs is imported when it runs."""
