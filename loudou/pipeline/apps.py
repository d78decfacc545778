from django.apps import AppConfig


class PipelineConfig(AppConfig):
    name = "loudou.pipeline"
    label = "pipeline"
