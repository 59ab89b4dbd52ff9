"""The sections of the report page, a file each."""
