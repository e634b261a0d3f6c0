"""Which proposals are worth sending: fit, sense, language, and no two alike."""

from promoloop.compose.quality.corpus import Corpus, shipped_corpus
from promoloop.compose.quality.critic import Critic, CriticSettings
from promoloop.compose.quality.diversity import (
    best_and_different,
    distinct_share,
    likeness_of,
    self_bleu,
)
from promoloop.compose.quality.features import FeatureReader
from promoloop.compose.quality.gate import QualityGate, gate_from, trained_gate
from promoloop.compose.quality.groups import GENERAL, GroupIndex, GroupMatch, nearest_group
from promoloop.compose.quality.matching import Matcher
from promoloop.compose.quality.meaning import MeaningSpace
from promoloop.compose.quality.near import (
    NearIndex,
    near_duplicate_share,
    without_near_duplicates,
)
from promoloop.compose.quality.proposals import (
    Labelled,
    Proposal,
    labelled_proposals,
    labelled_rows,
)
from promoloop.compose.quality.thresholds import threshold_for
from promoloop.compose.quality.training import fit_matcher, train_critic

__all__ = [
    "GENERAL",
    "Corpus",
    "Critic",
    "CriticSettings",
    "FeatureReader",
    "GroupIndex",
    "GroupMatch",
    "Labelled",
    "Matcher",
    "MeaningSpace",
    "NearIndex",
    "Proposal",
    "QualityGate",
    "best_and_different",
    "distinct_share",
    "fit_matcher",
    "gate_from",
    "labelled_proposals",
    "labelled_rows",
    "likeness_of",
    "near_duplicate_share",
    "nearest_group",
    "self_bleu",
    "shipped_corpus",
    "threshold_for",
    "train_critic",
    "trained_gate",
    "without_near_duplicates",
]
