"""What the funnel tells: inventory, flow, forecast sheet, promotion table, anomalies."""
