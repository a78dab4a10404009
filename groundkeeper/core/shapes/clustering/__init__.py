"""Which shapes mean the same thing: the best partition, searched component by component, and the rules of peers."""
