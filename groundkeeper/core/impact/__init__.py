"""What a new version of a guideline means for records that were made under another: exact, given what is stored."""
