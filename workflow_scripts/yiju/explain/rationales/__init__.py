"""From scores to rationales: segments, selection, fusion across sides and items, and the submission format."""
