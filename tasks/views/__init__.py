"""What people look at: status, plan, pages, report."""
