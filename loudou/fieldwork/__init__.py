"""What people do with customers, day by day: visits, calls, meetings, with what came of them."""
