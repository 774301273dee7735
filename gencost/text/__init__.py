"""Text as people, files and providers write it: made safe to keep, numbers as they were typed, moments in words."""
