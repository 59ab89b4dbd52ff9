"""What people read of a run: report page, model card and figures."""
