"""What is shipped: the wheel, the image, the composition of services."""
