"""The demo's own content: a sample shop, a configuration that maps it, and mail as customers write it."""
