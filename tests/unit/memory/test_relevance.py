import random

import numpy as np
import pytest

from memory.embedding import NGram
from memory.errors import WeightsMissingError
from memory.minilm import MiniLm
from memory.relevance import NeedText, OfferText, OfferTexts, SearchableEntries, TextEntry, rank_offers, search_entries
from memory.relevance.lexical import Bm25, terms
from memory.relevance.spelling import Repairer, edits

OFFERS = [
    OfferText("bulb-1", "LED light bulb 60 W warm white", "A dimmable lamp for the living room"),
    OfferText("bulb-2", "Halogen bulb, pack of 4", "Bright light"),
    OfferText("phone", "Phone plan 20 GB", "Mobile data for a month"),
    OfferText("case", "Phone case black", "Protects your phone"),
    OfferText("necklace", "Anime necklace silver", ""),
]


@pytest.fixture(scope="module")
def model():
    try:
        return MiniLm.find()
    except WeightsMissingError:
        return NGram()


def ids(ranking):
    return [one.id for one in ranking]


def test_the_fitting_offers_come_first_for_each_need():
    needs = [NeedText("light", "light bulb"), NeedText("data", "mobile data plan")]
    (light, first), (data, second) = rank_offers(needs, OFFERS, NGram(), k=2, each=True)
    assert (light, set(ids(first))) == ("light", {"bulb-1", "bulb-2"})
    assert (data, ids(second)[0]) == ("data", "phone")


def test_over_all_needs_each_offer_stands_once_under_its_best_need():
    needs = [NeedText("light", "light bulb"), NeedText("data", "phone plan")]
    ((none, best),) = rank_offers(needs, OFFERS, NGram(), k=5)
    assert none is None
    assert len(set(ids(best))) == 5
    assert {one.id: one.need for one in best}["bulb-1"] == "light"
    assert {one.id: one.need for one in best}["phone"] == "data"


def test_only_the_wanted_offers_are_ranked_when_asked_so():
    ready = OfferTexts(OFFERS, NGram())
    needs = [NeedText("light", "light bulb")]
    assert set(ids(ready.rank_over(needs, 5, among=["phone", "bulb-2"]))) == {"phone", "bulb-2"}
    assert ids(ready.rank_over(needs, 1, among=["phone", "bulb-2"])) == ["bulb-2"]


def test_the_parts_add_up_to_the_score():
    for one in OfferTexts(OFFERS, NGram()).rank(NeedText("n", "light bulb"), 5):
        assert one.meaning + one.feedback + one.words == pytest.approx(one.score, abs=1e-5)


def test_a_need_that_many_offers_fit_as_well_gives_way_to_one_with_a_clear_best():
    crowd = [OfferText(f"bulb-{at}", f"LED light bulb {at} watts", "A lamp") for at in range(30)]
    needs = [NeedText("light", "LED light bulb"), NeedText("data", "phone plan mobile data")]
    ready = OfferTexts([*crowd, OFFERS[2]], NGram())
    crowded = {one.need: one.crowd for one in ready.rank_over(needs, 31)}
    assert crowded["light"] < crowded["data"] < 0
    for one in ready.rank_over(needs, 31):
        assert one.meaning + one.feedback + one.words + one.crowd == pytest.approx(one.score, abs=1e-5)
    assert all(one.crowd == 0 for one in ready.rank(needs[0], 31))
    assert all(one.crowd == 0 for one in ready.rank_over(needs, 9, among=[offer.id for offer in crowd[:9]]))


def test_the_order_of_arrival_does_not_matter():
    mixed = OFFERS[:]
    random.Random(7).shuffle(mixed)
    need = NeedText("n", "phone")
    assert ids(OfferTexts(mixed, NGram()).rank(need, 5)) == ids(OfferTexts(OFFERS, NGram()).rank(need, 5))


def test_forty_copies_of_one_title_give_the_feedback_of_one():
    def feedback(copies):
        spam = [OfferText(f"spam-{at}", "light bulb cheap watches casino", "") for at in range(copies)]
        ranked = OfferTexts([*OFFERS, *spam], NGram()).rank(NeedText("n", "light bulb"), 60)
        return {one.id: one.feedback for one in ranked}

    once, flooded = feedback(1), feedback(40)
    assert {name: flooded[name] for name in once} == pytest.approx(once, abs=1e-5)


def test_no_offers_or_no_needs_is_an_empty_ranking():
    assert rank_offers([NeedText("n", "x")], [], NGram(), k=3) == ((None, ()),)
    assert rank_offers([], OFFERS, NGram(), k=3) == ((None, ()),)
    assert OfferTexts(OFFERS, NGram()).rank(NeedText("n", ""), 3)


def repairer():
    usual = [["nutrisystem", "diet"]] * 5 + [["harley", "davidson", "jacket"]] * 5 + [["fragrance", "for", "men"]] * 9
    return Repairer([*usual, *([["filler", "words"]] * 500)])


@pytest.mark.parametrize(
    ("need", "repaired"),
    [
        ("nutri system", "nutrisystem"),
        ("harleydavidson jacket", "harley davidson jacket"),
        ("adidas fragance", "adidas fragrance"),
        ("fragrance men", "fragrance men"),
        ("xylophone", "xylophone"),
        ("prom dress", "prom dress"),
    ],
)
def test_a_need_is_repaired_only_towards_what_the_offers_know(need, repaired):
    assert " ".join(repairer().repaired(need.split())) == repaired


def test_with_few_offers_nothing_is_repaired():
    assert Repairer([["nutrisystem"]] * 50).repaired(["nutri", "system"]) == ["nutri", "system"]


def test_edits_count_swapped_neighbours_once_and_stop_early():
    assert edits("fragance", "fragrance", 2) == 1
    assert edits("teh", "the", 2) == 1
    assert edits("abcdef", "uvwxyz", 2) is None


def test_bm25_prefers_rare_words_and_never_divides_by_nothing():
    index = Bm25([terms("a green lamp"), terms("a green chair"), terms("a green xylophone")])
    assert index.scores(terms("green xylophone")).argmax() == 2
    assert Bm25([]).scores(["x"]).shape == (0,)
    assert not Bm25([[], []]).scores(["x"]).any()


def test_letters_and_digits_part_and_irregular_forms_meet_in_talk():
    assert terms("PS3") == terms("ps 3")
    assert terms("she went", conversational=True) == terms("she go", conversational=True)
    assert terms("a saw") != terms("a see")


TALK = [
    TextEntry("t1", "Mia: Have you ever been to Lisbon?", "8 May 2023"),
    TextEntry("t2", "Ben: Yes, last spring, it was lovely.", "8 May 2023"),
    TextEntry("t3", "Mia: I would rather go hiking.", "8 May 2023"),
    TextEntry("t4", "Ben: My dog ate the tickets.", "1 June 2023"),
    TextEntry("t5", "Mia: I adopted a cat named Oscar.", "1 June 2023"),
]


def test_the_answer_is_found_through_the_question_before_it():
    assert search_entries("When was Ben in Lisbon?", TALK, NGram(), 1)[0][0] == "t2"


def test_a_question_about_somebody_wants_their_own_turns():
    best = [found for found, _ in search_entries("What animal does Mia have?", TALK, NGram(), 3)]
    assert set(best) == {"t1", "t3", "t5"}
    assert search_entries("What happened to Ben's tickets?", TALK, NGram(), 1)[0][0] == "t4"


def test_a_needed_preference_comes_up_in_english_and_german(model):
    entries = [
        TextEntry("hotel", "I only stay in quiet rooms away from the street"),
        TextEntry("food", "I do not eat meat"),
        TextEntry("strom", "Mein Strom soll aus erneuerbaren Quellen kommen"),
        TextEntry("umzug", "Beim Umzug ist mir ein Festpreis wichtig"),
        TextEntry("phone", "I never sign phone contracts longer than a year"),
        TextEntry("handy", "Beim Handyvertrag brauche ich viel Datenvolumen"),
        TextEntry("books", "I prefer paper books"),
        TextEntry("sport", "I would rather train in the morning"),
        TextEntry("music", "I dislike loud concerts"),
    ]
    ready = SearchableEntries(entries, model)
    for question, wanted in (
        ("Can you find me a hotel for Friday?", "hotel"),
        ("Where could we have dinner?", "food"),
        ("Welcher Stromanbieter passt zu mir?", "strom"),
        ("Ich suche eine Umzugsfirma", "umzug"),
        ("Welcher Handytarif passt zu mir?", "handy"),
    ):
        assert wanted in [found for found, _ in ready.search(question, 3)], question
    assert SearchableEntries([], model).search("x", 3) == []


def test_what_lies_close_to_every_question_asked_together_steps_back():
    """A sentence in the words of all questions fits none of them better than the one about the thing asked for."""
    entries = [TextEntry("all", "whatever you can tell about xyzzy"), TextEntry("own", "a quiet hotel")]
    asked = [f"whatever you can tell about xyzzy {thing}" for thing in ("hotel", *map(str, range(1000, 1120)))]
    assert [name for name, _ in SearchableEntries(entries, NGram()).search(asked[0], 2)] == ["all", "own"]
    assert [name for name, _ in SearchableEntries(entries, NGram(), asked).search(asked[0], 2)] == ["own", "all"]
    assert [name for name, _ in SearchableEntries(entries, NGram(), asked[:2]).search(asked[0], 2)] == ["all", "own"]


def test_standing_sentences_and_remembered_turns_are_searched_each_in_its_own_way_and_both_are_found():
    standing = [TextEntry("p1", "I never sign phone contracts longer than a year"), TextEntry("p2", "I eat no meat")]
    both = SearchableEntries([*standing, *TALK], NGram())
    talk, own = SearchableEntries(TALK, NGram()), SearchableEntries(standing, NGram())
    question = "When was Ben in Lisbon?"
    found = [name for name, _ in both.search(question, 99)]
    assert [name for name in found if name.startswith("t")] == [name for name, _ in talk.search(question, 99)]
    assert [name for name in found if name.startswith("p")] == [name for name, _ in own.search(question, 99)]
    assert both.search("a phone contract longer than a year?", 1)[0][0] == "p1" and found[0] == "t2"


def test_letters_find_the_parts_of_german_compounds_and_stay_out_of_english():
    """The model is blind here on purpose: every text is the same to it."""

    class Blind:
        id, dimension = "blind", 2

        def embed(self, texts):
            return np.tile(np.array([[1.0, 0.0]], dtype=np.float32), (len(texts), 1))

    german = [
        "Handyhülle aus Leder",
        "Ferienwohnung für Hunde",
        "Hausratversicherung mit Fahrradklausel",
        "Öl für Küchen",
    ]
    ranked = OfferTexts([OfferText(str(at), text) for at, text in enumerate(german)], Blind())
    assert ranked.rank(NeedText("n", "Versicherung gegen Fahrraddiebstahl"), 1)[0].id == "2"
    english = ["leather case", "holiday flat for dogs", "overinsured bicycles clause", "kitchen oil"]
    ranked = OfferTexts([OfferText(str(at), text) for at, text in enumerate(english)], Blind())
    assert ranked.rank(NeedText("n", "insurance"), 1)[0].words == 0
