"""Public contract suites and fakes; never imported by production.

Derive from a suite and say how your backend is made; pytest then runs every test of it. The small
records that the suites use are in ``promoloop.testing.samples``.
"""

from promoloop.testing.bandit import BanditSuite
from promoloop.testing.budget_ledger import BudgetLedgerSuite, Ledger
from promoloop.testing.channel import (
    ChannelSite,
    ChannelSuite,
    MemoryChannel,
    RemoteChannelSuite,
    rendered,
)
from promoloop.testing.commit import CommitSuite, Committing
from promoloop.testing.damage import damaged
from promoloop.testing.doors import AnswersSuite, ApiKeysSuite
from promoloop.testing.drafting_model import DraftingModelSuite, ScriptedDrafts
from promoloop.testing.history import HistoryContract, event_lines
from promoloop.testing.inbox import EventInboxSuite
from promoloop.testing.journey_policy import JourneyPolicySuite, few_journeys
from promoloop.testing.language_model import (
    EvenChooser,
    LanguageModelSuite,
    ScriptedModel,
)
from promoloop.testing.logs import (
    ConsentLedgerSuite,
    CopyBankSuite,
    DecisionLogSuite,
    OutcomeLogSuite,
)
from promoloop.testing.memory_doors import MemoryAnswers, MemoryApiKeys, MemoryInbox
from promoloop.testing.memory_history import MemoryHistory
from promoloop.testing.memory_ledger import MemoryLedger
from promoloop.testing.memory_outbox import MemoryOutbox
from promoloop.testing.memory_people import (
    MemoryConsentRequests,
    MemoryRests,
    MemorySuppressions,
)
from promoloop.testing.memory_reviews import MemoryReviews
from promoloop.testing.memory_state import (
    MemoryCampaigns,
    MemoryCatalogue,
    MemoryConsents,
    MemoryCopies,
    MemoryDecisions,
    MemoryModels,
    MemoryOffers,
    MemoryOutcomes,
    MemoryPauses,
    MemoryState,
)
from promoloop.testing.memory_subscriptions import MemorySeenWebhooks, MemorySubscriptions
from promoloop.testing.memory_tracking import MemoryClicks, MemoryPriceHistory
from promoloop.testing.models import ModelRegistrySuite
from promoloop.testing.offer_stores import (
    CampaignStoreSuite,
    CatalogueSuite,
    OfferStoreSuite,
    PauseBookSuite,
)
from promoloop.testing.outbox import OutboxSuite
from promoloop.testing.people import ConsentRequestsSuite, RestBookSuite, SuppressionListSuite
from promoloop.testing.postgres import EmptyDatabases, running_postgres
from promoloop.testing.review_log import ReviewLogSuite
from promoloop.testing.subscriptions import SeenWebhooksSuite, SubscriptionsSuite
from promoloop.testing.text_encoder import NgramEncoder, TextEncoderSuite
from promoloop.testing.tracking import ClickLogSuite, PriceHistorySuite

__all__ = [
    "AnswersSuite",
    "ApiKeysSuite",
    "BanditSuite",
    "BudgetLedgerSuite",
    "CampaignStoreSuite",
    "CatalogueSuite",
    "ChannelSite",
    "ChannelSuite",
    "ClickLogSuite",
    "CommitSuite",
    "Committing",
    "ConsentLedgerSuite",
    "ConsentRequestsSuite",
    "CopyBankSuite",
    "DecisionLogSuite",
    "DraftingModelSuite",
    "EmptyDatabases",
    "EvenChooser",
    "EventInboxSuite",
    "HistoryContract",
    "JourneyPolicySuite",
    "LanguageModelSuite",
    "Ledger",
    "MemoryAnswers",
    "MemoryApiKeys",
    "MemoryCampaigns",
    "MemoryCatalogue",
    "MemoryChannel",
    "MemoryClicks",
    "MemoryConsentRequests",
    "MemoryConsents",
    "MemoryCopies",
    "MemoryDecisions",
    "MemoryHistory",
    "MemoryInbox",
    "MemoryLedger",
    "MemoryModels",
    "MemoryOffers",
    "MemoryOutbox",
    "MemoryOutcomes",
    "MemoryPauses",
    "MemoryPriceHistory",
    "MemoryRests",
    "MemoryReviews",
    "MemorySeenWebhooks",
    "MemoryState",
    "MemorySubscriptions",
    "MemorySuppressions",
    "ModelRegistrySuite",
    "NgramEncoder",
    "OfferStoreSuite",
    "OutboxSuite",
    "OutcomeLogSuite",
    "PauseBookSuite",
    "PriceHistorySuite",
    "RemoteChannelSuite",
    "RestBookSuite",
    "ReviewLogSuite",
    "ScriptedDrafts",
    "ScriptedModel",
    "SeenWebhooksSuite",
    "SubscriptionsSuite",
    "SuppressionListSuite",
    "TextEncoderSuite",
    "damaged",
    "event_lines",
    "few_journeys",
    "rendered",
    "running_postgres",
]
