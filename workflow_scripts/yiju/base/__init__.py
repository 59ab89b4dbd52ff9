"""What all other rooms use: errors, atomic files, tables and their schemas, text for people."""
