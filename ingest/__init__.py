"""The way in: everything that ends in the inbox."""
