"""Which names are one organisation's, typed twice. All are fictional."""

from time import process_time

import pytest

from scheduler.samples.sample import sample_event
from web.domain.people.likeness import MOST_NEAR, Name, alike, groups, is_within

NEAR = [
    ("Les Jardins du Vexin", "Jardins du Vexin"),
    ("Association Les Colibris", "Les Colibris"),
    ("Ressourcerie du Canal", "Resourcerie du canal"),
    ("L’Épicerie du Cœur", "L'EPICERIE DU COEUR (association)"),
    ("Atelier vélo", "L’Atelier Vélos"),
    ("Nord Numérique SARL", "Numérique Nord"),
    ("Association des parents d’élèves de Montreuil", "Association des parents d'eleves de Montreuil (APEM)"),
    ("A.P.E.M.", "Association des parents d’élèves de Montreuil"),
    ("Éco Lab", "Ecolab"),
    ("Informatique Tavernier", "Informatique Tavernnier"),
    ("Menuiserie Delattre & fils", "Menuiserie Delatre et Fils"),
    ("Compagnie des Tréteaux", "Compagnie des Tréteuax"),
    ("Association de parents d’élèves de Montreuil", "Assoc. des parents d’élèves de Montreuill"),
    ("Imprimerie Lefebvre", "Imprimerie Lefevbre"),
    ("Club omnisports de Seclin", "Club Omnisport Seclin"),
    ("Scop Les Bâtisseurs", "Les batisseurs"),
    ("Entraide & Partage", "Partage et entraide"),
]
FAR = [
    ("Association des parents d’élèves de Vitry", "Association des parents d’élèves d’Ivry"),
    ("Association des parents d’élèves de Fontenay", "Association des parents d’élèves de Fontenoy"),
    ("Association des parents d’élèves de l’école Pasteur", "Association des parents d’élèves de l’école Prévert"),
    ("Club de judo de Lille", "Club de judo de Lens"),
    ("Collège Jean-Moulin 1", "Collège Jean-Moulin 2"),
    ("Scouts 3e groupe", "Scouts 5e groupe"),
    ("Les Amis du lavoir", "Les Amis du lavoir de Bray"),
    ("Jardins de Massy", "Jardins de Passy"),
    ("Union sportive de Roissy", "Union sportive de Boissy"),
    ("Informatique Martin", "Informatique Marin"),
    ("Atelier Nord", "Atelier Sud"),
    ("Ressourcerie du Canal", "Recyclerie du Canal"),
    ("Théâtre du Pont", "Théâtre du Port"),
    ("Ulula", "Ulule"),
    ("La Fabrique", "La Fabrique jeunesse"),
    ("Maison de santé de Roubaix", "Maison de santé de Tourcoing"),
    ("Comité des fêtes de Beaumont", "Comité des fêtes de Beaumontel"),
    ("Boulangerie Dupont", "Boulangerie Dupond"),
    ("Foyer rural d’Orgeval", "Foyer rural d’Orgival"),
    ("AS Volley", "AS Rugby"),
    ("Les Ruchers", "Les Rochers"),
]


def pairs(*names: str) -> list[tuple[int, int]]:
    return list(alike([Name.of(name) for name in names]))


@pytest.mark.parametrize(("one", "other"), NEAR)
def test_names_of_one_organisation_are_alike(one: str, other: str) -> None:
    assert pairs(one, other) == [(0, 1)]
    assert pairs(other, one) == [(0, 1)]


@pytest.mark.parametrize(("one", "other"), FAR)
def test_names_of_two_organisations_are_not_alike(one: str, other: str) -> None:
    assert pairs(one, other) == []


@pytest.mark.parametrize("seed", range(1, 11))
def test_no_two_participants_of_a_sample_event_are_alike(seed: int) -> None:
    assert pairs(*(one.name for one in sample_event(seed=seed).participants)) == []


def test_five_thousand_names_without_an_alarm_but_those_planted() -> None:
    names = [one.name for one in sample_event(2_500, 2_500).participants]
    names[4_000], names[4_500] = f"Association {names[10]}", names[20].upper()
    begun = process_time()
    assert pairs(*names) == [(10, 4_000), (20, 4_500)]
    # A third of a second on one core; this many only where every pair is compared in Python.
    assert process_time() - begun < 5


def test_names_without_words_are_alike_to_nobody_else() -> None:
    assert pairs("—", "Les Colibris", "L’Association") == []


def test_short_name_stands_within_a_long_one() -> None:
    assert is_within(Name.of("Ressourcerie"), Name.of("La Ressourcerie du Vexin"))
    assert not is_within(Name.of("Ressourcerie du Canal"), Name.of("Ressourcerie du Vexin"))
    assert not is_within(Name.of("—"), Name.of("Ressourcerie du Vexin"))


def test_groups_tie_together_whom_pairs_tie() -> None:
    assert groups([(1, 2), (5, 4), (2, 7), (4, 9), (1, 7)]) == [[1, 2, 7], [4, 5, 9]]


def test_of_many_that_are_alike_each_is_told_with_a_few_and_all_hang_together() -> None:
    for written in (
        ["Les Voisins"] * 900,
        ["Les compagnons", "Les compagnonns"] * 450,
        ["APGL", "Amis des pauvres gens de Lille"] * 450,
    ):
        names = [Name.of(text) for text in written]
        pairs = list(alike(names))
        assert all(a < b for a, b in pairs) and len(pairs) == len(set(pairs)) < 900 * 3 * MOST_NEAR
        assert groups(pairs) == [list(range(900))]


def test_slip_is_found_behind_many_names_that_are_nearly_it() -> None:
    """Names of one sort differ in a digit; more of them than are looked at closely, and they are no slips."""
    names = [
        Name.of(text) for text in ["Ressourcerie du canal", *(f"Lot {n}" for n in range(300)), "Resourcerie du canal"]
    ]
    assert list(alike(names)) == [(0, 301)]
