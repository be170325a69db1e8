"""The pages that a browser sees between our link and its way back: start, landing, and what was refused."""
