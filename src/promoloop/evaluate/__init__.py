"""Honest estimates: experiments and off-policy."""

from promoloop.evaluate.calibration import expected_calibration_error
from promoloop.evaluate.experiments import compare_means, cuped, last_look, weekly_lift
from promoloop.evaluate.guardrails import GuardrailCheck, check_guardrail
from promoloop.evaluate.hurdle import pooled_payments
from promoloop.evaluate.intervals import Bernstein, Bootstrap, Normal
from promoloop.evaluate.journeys import (
    LEAST_EFFECTIVE_JOURNEYS,
    LEAST_WEEKS,
    journey_difference,
    journey_value,
    per_decision,
    reach,
)
from promoloop.evaluate.metrics import MetricVerdict, benjamini_hochberg, holm, judge_metrics
from promoloop.evaluate.off_policy import (
    dr,
    ips,
    paired_difference,
    pooled,
    snips,
    switch_dr,
)
from promoloop.evaluate.overlaps import (
    LEAST_ARM_ROWS,
    LEAST_EFFECTIVE_SHARE,
    LEAST_ROWS,
    Rules,
    coverage,
    overlap,
    require_overlap,
)
from promoloop.evaluate.racing import Race, evidence_against, race
from promoloop.evaluate.ratio import sample_ratio
from promoloop.evaluate.records import Estimate, Overlap, SampleRatio, Target
from promoloop.evaluate.returns import ReturnCurve, return_curve
from promoloop.evaluate.shares import share_of
from promoloop.evaluate.sizing import (
    Plan,
    SampleSize,
    size_for_means,
    size_for_shares,
    smallest_lift,
)
from promoloop.evaluate.switching import Switch
from promoloop.evaluate.targeting import Targeting, judge_targeting
from promoloop.evaluate.text_metrics import (
    bleu,
    chrf,
    distinct_share,
    language_accuracy,
    rouge,
    script_language,
    self_bleu,
    slot_accuracy,
)
from promoloop.evaluate.uplift import UpliftCurve, auuc, qini, qini_curve, uplift_curve
from promoloop.evaluate.variants import (
    VariantRewards,
    variant_rewards,
)
from promoloop.evaluate.wear import Wear, wear_of

__all__ = [
    "LEAST_ARM_ROWS",
    "LEAST_EFFECTIVE_JOURNEYS",
    "LEAST_EFFECTIVE_SHARE",
    "LEAST_ROWS",
    "LEAST_WEEKS",
    "Bernstein",
    "Bootstrap",
    "Estimate",
    "GuardrailCheck",
    "MetricVerdict",
    "Normal",
    "Overlap",
    "Plan",
    "Race",
    "ReturnCurve",
    "Rules",
    "SampleRatio",
    "SampleSize",
    "Switch",
    "Target",
    "Targeting",
    "UpliftCurve",
    "VariantRewards",
    "Wear",
    "auuc",
    "benjamini_hochberg",
    "bleu",
    "check_guardrail",
    "chrf",
    "compare_means",
    "coverage",
    "cuped",
    "distinct_share",
    "dr",
    "evidence_against",
    "expected_calibration_error",
    "holm",
    "ips",
    "journey_difference",
    "journey_value",
    "judge_metrics",
    "judge_targeting",
    "language_accuracy",
    "last_look",
    "overlap",
    "paired_difference",
    "per_decision",
    "pooled",
    "pooled_payments",
    "qini",
    "qini_curve",
    "race",
    "reach",
    "require_overlap",
    "return_curve",
    "rouge",
    "sample_ratio",
    "script_language",
    "self_bleu",
    "share_of",
    "size_for_means",
    "size_for_shares",
    "slot_accuracy",
    "smallest_lift",
    "snips",
    "switch_dr",
    "uplift_curve",
    "variant_rewards",
    "wear_of",
    "weekly_lift",
]
