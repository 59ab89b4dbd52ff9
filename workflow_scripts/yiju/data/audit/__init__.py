"""What corpora are like before anything is learnt from them: their statistics, and shortcuts to their labels."""
