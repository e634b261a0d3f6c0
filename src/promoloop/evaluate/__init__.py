"""Honest estimates: experiments and off-policy."""

from promoloop.evaluate.calibration import expected_calibration_error
from promoloop.evaluate.experiments import compare_means, cuped, weekly_lift
from promoloop.evaluate.off_policy import (
    LEAST_EFFECTIVE_SHARE,
    dr,
    ips,
    overlap,
    paired_difference,
    pooled,
    snips,
)
from promoloop.evaluate.ratio import sample_ratio
from promoloop.evaluate.records import Estimate, Overlap, SampleRatio, Target

__all__ = [
    "LEAST_EFFECTIVE_SHARE",
    "Estimate",
    "Overlap",
    "SampleRatio",
    "Target",
    "compare_means",
    "cuped",
    "dr",
    "expected_calibration_error",
    "ips",
    "overlap",
    "paired_difference",
    "pooled",
    "sample_ratio",
    "snips",
    "weekly_lift",
]
