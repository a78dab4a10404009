"""Average precision of predictions with a confidence."""
