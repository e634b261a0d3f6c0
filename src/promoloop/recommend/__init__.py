"""Candidates: which products and offers are worth considering for a shopper."""

from promoloop.recommend.collaborative import Ease
from promoloop.recommend.evaluation import RankingReport, evaluate_ranking
from promoloop.recommend.groups import group_scores
from promoloop.recommend.hybrid import Hybrid
from promoloop.recommend.ranker import Ranker
from promoloop.recommend.ranking import ndcg_at
from promoloop.recommend.simple import FrequencyRecency, Popularity

__all__ = [
    "Ease",
    "FrequencyRecency",
    "Hybrid",
    "Popularity",
    "Ranker",
    "RankingReport",
    "evaluate_ranking",
    "group_scores",
    "ndcg_at",
]
