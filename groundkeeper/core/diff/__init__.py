"""What differs between two versions of a guideline, exactly and without data, and which level that makes."""
