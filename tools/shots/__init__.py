"""Pictures for the documents, taken by a command."""
