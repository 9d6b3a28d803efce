"""The box on the server: IMAP on the wire, folders, the ledger of UIDs, and the copies in Sent."""
