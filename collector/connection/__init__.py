"""The line to the broker: messages in, and after the commit PUBACKs and answers out."""
