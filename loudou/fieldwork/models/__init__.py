from loudou.fieldwork.models.activities import Activities, Activity

__all__ = ["Activities", "Activity"]
