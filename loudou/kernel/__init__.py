"""The ground floor: money, periods, working days, exact allocation and the only clock. Standard library only."""
