"""Pages: what a person sees in a browser, rendered from the same data as the JSON at the same URL."""
