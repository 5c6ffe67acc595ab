"""Finding questions by words: in their names and texts by index, in the titles of skills and topics directly.

Each word has to be found somewhere, from its beginning ("deploy" finds "deployment"). PostgreSQL's full text
search with the configuration ``simple``: no stemming, no stop words, so that code and names are found as written.
"""

from __future__ import annotations

import re

from django.contrib.postgres.search import SearchQuery
from django.db.models import Q, QuerySet

from question_bank.models import NAME_WORDS, STEM_WORDS, Question, QuestionVersion

MOST_WORDS = 8


def words_of(text: str) -> list[str]:
    """The words of a search, in small letters; what is neither letter nor digit separates them."""
    return re.findall(r"[^\W_]+", text.lower())[:MOST_WORDS]


def matching(questions: QuerySet[Question], text: str) -> QuerySet[Question]:
    """Those of the questions in whose name, drawn text, skill or topic each word of ``text`` occurs."""
    for word in words_of(text):
        query = SearchQuery(f"{word}:*", config="simple", search_type="raw")
        found = Question.objects.annotate(words=NAME_WORDS).filter(words=query).order_by().values("pk")
        stems = QuestionVersion.objects.annotate(words=STEM_WORDS).filter(words=query).order_by().values("pk")
        titled = Q(skill__title__icontains=word) | Q(current__topic__title__icontains=word)
        others = Question.objects.filter(titled).order_by().values("pk")
        drawn = Question.objects.filter(current__in=stems).order_by().values("pk")
        questions = questions.filter(pk__in=found.union(drawn, others))
    return questions
