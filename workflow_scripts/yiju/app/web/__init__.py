"""The page in the browser and the JSON API beside it: `yiju serve`."""
