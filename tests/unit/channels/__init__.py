"""What people see and how they answer."""
