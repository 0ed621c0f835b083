"""Folders on an IMAP server."""
