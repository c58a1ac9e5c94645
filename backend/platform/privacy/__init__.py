"""What is secret or personal: keys, the vault, the audit trail, signed documents, passwords."""
