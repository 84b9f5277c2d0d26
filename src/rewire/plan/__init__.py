"""The analysis plan: what is asked, settled before the data are seen, hashed into outputs."""
