"""Pipelines: transforms in series and side by side, declared once, fitted on any frame, run on columns or on rows."""

from ropeway.transforms.pipeline.fitted import FittedPipeline
from ropeway.transforms.pipeline.pipeline import Pipeline
from ropeway.transforms.pipeline.selectors import Selector

__all__ = ["FittedPipeline", "Pipeline", "Selector"]
