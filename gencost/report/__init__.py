"""What people look at: tables, files, figures."""
