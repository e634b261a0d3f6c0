"""What every store of API keys and of answers given once must do."""

from __future__ import annotations

from abc import ABC, abstractmethod
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta

from promoloop.core import InvalidError, RefusedError
from promoloop.flows.doors.answers import Answer, Answers, fingerprint
from promoloop.flows.doors.keys import ApiKey, ApiKeys, key_digest, new_api_key
from promoloop.testing.samples import NOON, expecting

__all__ = ["AnswersSuite", "ApiKeysSuite"]

_HOUR = timedelta(hours=1)


def _key(n: int) -> tuple[ApiKey, str]:
    return new_api_key(f"shop {n}", ["events", "decide"], bytes([n]) * 32, NOON + n * _HOUR)


def _claim(by: str, key: str = "k1", owner: str = "shop", body: bytes = b"{}") -> Answer:
    return Answer(owner, "POST /v1/redeem", key, fingerprint(body), by, NOON + _HOUR)


def _holder(answer: Answer) -> str:
    return answer.token


class ApiKeysSuite(ABC):
    """Derive from this and say how to make an empty store."""

    @abstractmethod
    def make(self) -> ApiKeys:
        """An empty store."""

    def test_a_key_is_found_by_what_its_secret_hashes_to(self) -> None:
        keys = self.make()
        (first, secret), (second, _) = _key(1), _key(2)
        keys.add(second)
        keys.add(first)
        assert keys.of_digest(key_digest(secret)) == first
        assert keys.all() == (first, second)

    def test_an_unknown_secret_opens_nothing(self) -> None:
        keys = self.make()
        keys.add(_key(1)[0])
        with expecting(InvalidError):
            keys.of_digest(key_digest("plk_guess"))

    def test_the_same_key_is_not_added_twice(self) -> None:
        keys = self.make()
        keys.add(_key(1)[0])
        with expecting(RefusedError):
            keys.add(_key(1)[0])
        with expecting(RefusedError):
            keys.add(replace(_key(1)[0], key_id="another"))
        assert len(keys.all()) == 1

    def test_the_last_use_is_kept_and_an_earlier_one_changes_nothing(self) -> None:
        keys = self.make()
        key, _ = _key(1)
        keys.add(key)
        keys.used(key.key_id, NOON + 2 * _HOUR)
        keys.used(key.key_id, NOON)
        keys.used("nobody", NOON)
        assert keys.all() == (replace(key, last_used_at=NOON + 2 * _HOUR),)

    def test_a_revoked_key_stays_revoked_from_the_first_moment(self) -> None:
        keys = self.make()
        key, _ = _key(1)
        keys.add(key)
        assert keys.revoke(key.key_id, NOON + _HOUR) == replace(key, revoked_at=NOON + _HOUR)
        assert keys.revoke(key.key_id, NOON + 3 * _HOUR).revoked_at == NOON + _HOUR
        assert keys.of_digest(key.digest).revoked_at == NOON + _HOUR
        with expecting(InvalidError):
            keys.revoke("nobody", NOON)


class AnswersSuite(ABC):
    """Derive from this and say how to make an empty store."""

    @abstractmethod
    def make(self) -> Answers:
        """An empty store."""

    def test_the_first_claims_and_the_second_hears_that_it_is_worked_on(self) -> None:
        answers = self.make()
        assert answers.claim(_claim("t1"), NOON) == _claim("t1")
        assert answers.claim(_claim("t2"), NOON) == _claim("t1")

    def test_whoever_comes_later_gets_the_first_answer(self) -> None:
        answers = self.make()
        answers.claim(_claim("t1"), NOON)
        answer = replace(_claim("t1"), status=201, media="application/json", body=b"\x00{\xff}")
        assert answers.keep(answer) == answer
        assert answers.claim(_claim("t2"), NOON) == answer
        assert answers.keep(replace(answer, status=500)) == answer

    def test_a_key_used_for_something_else_is_refused(self) -> None:
        answers = self.make()
        answers.claim(_claim("t1"), NOON)
        with expecting(RefusedError):
            answers.claim(_claim("t2", body=b"[]"), NOON)

    def test_nobody_sees_the_answers_of_another_owner_or_key(self) -> None:
        answers = self.make()
        for claim in (_claim("t1"), _claim("t2", owner="other"), _claim("t3", key="k2")):
            assert answers.claim(claim, NOON) == claim

    def test_a_claim_that_ran_out_is_given_to_the_next(self) -> None:
        """Its worker died; should it come back after all, the second's answer stands."""
        answers = self.make()
        answers.claim(_claim("t1"), NOON)
        second = replace(_claim("t2"), expires_at=NOON + 2 * _HOUR)
        assert answers.claim(second, NOON + _HOUR) == second
        answer = replace(second, status=200, body=b"second")
        answers.keep(answer)
        assert answers.keep(replace(_claim("t1"), status=200, body=b"first")) == answer

    def test_a_claim_given_back_may_be_tried_again_but_an_answer_stands(self) -> None:
        answers = self.make()
        answers.claim(_claim("t1"), NOON)
        answers.release(_claim("t9"))
        assert _holder(answers.claim(_claim("t2"), NOON)) == "t1"
        answers.release(_claim("t1"))
        assert _holder(answers.claim(_claim("t2"), NOON)) == "t2"
        answers.keep(replace(_claim("t2"), status=200))
        answers.release(_claim("t2"))
        assert _holder(answers.claim(_claim("t3"), NOON)) == "t2"

    def test_an_answer_whose_claim_was_given_up_is_refused(self) -> None:
        with expecting(RefusedError):
            self.make().keep(replace(_claim("t1"), status=200))

    def test_what_ran_out_is_forgotten(self) -> None:
        answers = self.make()
        answers.claim(_claim("t1"), NOON)
        answers.claim(replace(_claim("t2", "k2"), expires_at=NOON + 2 * _HOUR), NOON)
        assert answers.expire(NOON) == 0
        assert answers.expire(NOON + _HOUR) == 1
        assert answers.expire(NOON + 2 * _HOUR) == 1

    def test_of_many_at_once_exactly_one_works(self) -> None:
        answers = self.make()
        with ThreadPoolExecutor(8) as pool:
            standing = list(
                pool.map(lambda n: answers.claim(_claim(f"t{n}"), NOON).token, range(32))
            )
        assert len(set(standing)) == 1
