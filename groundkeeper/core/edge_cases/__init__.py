"""What a consensus meeting should talk about: questions of annotators, and where experts decide otherwise."""
