"""The store that several machines share: one port, a folder or S3-compatible object storage behind it."""
