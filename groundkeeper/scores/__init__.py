"""What scores were against which snapshot, how they went from one to the next, and what moved them."""
