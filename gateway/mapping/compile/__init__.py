"""Programs to Python functions through syntax trees."""
