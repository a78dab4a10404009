"""What moves from one guideline version to another, and what that means for records, exactly."""
