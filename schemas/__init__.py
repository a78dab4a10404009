"""Names, vocabularies and shapes of the tables; nothing here touches a file."""
