"""All corpora as one table of pairs: filters, leaks, dev splits, and a ledger where every row is found again."""
