"""The page as it is served: hand-written HTML, CSS and JavaScript, no build step."""
