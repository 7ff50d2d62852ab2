"""Vague and concrete lines as people write them, and what the coach makes of them."""

import pytest
from flask import Flask
from flask_babel import force_locale

from web.domain.event.taxonomy import CATEGORIES
from web.domain.people.coaching import Lacks, is_vague, judged
from web.domain.people.coaching_words import ask_line, ask_project, line_example, project_example

VAGUE_FRENCH = [
    "on a besoin d’aide",
    "nous aidons",
    "divers",
    "un coup de main",
    "du soutien",
    "de l’aide",
    "aide",
    "toute aide est la bienvenue",
    "nous pouvons aider",
    "à définir ensemble",
    "à voir",
    "à discuter",
    "selon les besoins",
    "on verra",
    "des partenariats",
    "un partenariat gagnant-gagnant",
    "échanger",
    "des échanges",
    "nos compétences",
    "de la communication",
    "communication",
    "du matériel",
    "des bénévoles",
    "de l’argent",
    "un financement",
    "des dons",
    "tout ce qui peut nous aider",
    "plein de choses",
    "beaucoup de bonne volonté",
    "notre expertise",
    "notre savoir-faire",
    "mise en réseau",
    "des contacts",
    "de la visibilité",
    "se faire connaître",
    "être plus connus",
    "développer notre activité",
    "développer nos projets",
    "un soutien financier",
    "un accompagnement",
    "des conseils",
    "des conseils en communication",
    "un peu de tout",
    "rien de précis",
    "formation",
    "des formations",
    "une salle",
    "un local",
    "mécénat de compétences",
    "du temps",
    "des idées",
    "créer du lien",
    "du lien social",
    "participer à la vie locale",
    "soutenir les associations du territoire",
    "nous voulons nous engager",
    "notre réseau",
    "toutes propositions",
    "à préciser",
    "des synergies",
]
CONCRETE_FRENCH = [
    "deux jours d’un graphiste en mai",
    "20 chaises pliantes pour notre fête du 12 juin",
    "dix ordinateurs portables pour notre atelier à la rentrée",
    "une salle pour 40 personnes deux samedis de juin",
    "six personnes pour repeindre nos locaux un vendredi de mars",
    "2 000 € pour le minibus du camp d’été",
    "refaire notre site internet avant septembre",
    "un avocat pour relire notre bail",
    "traduire nos dépliants en arabe et en anglais",
    "cinq jours de comptable entre janvier et mars",
    "une camionnette un samedi par mois",
    "des palettes et des planches pour construire des bacs",
    "un photographe pour notre gala de décembre",
    "deux apprentis menuisiers à partir de septembre",
    "notre atelier de 60 m² le lundi matin",
    "des tablettes reconditionnées pour 15 seniors",
    "un électricien pour mettre aux normes notre cuisine",
    "imprimer 500 affiches en avril",
    "un coach pour préparer 8 jeunes à l’entretien d’embauche",
    "relire nos statuts",
    "une matinée sur les marchés publics pour trois salariés",
    "un stand à votre marché de Noël",
    "stocker 3 m³ de jouets jusqu’en novembre",
    "des invendus de pain chaque vendredi soir",
    "rédiger un dossier de subvention européenne",
    "une imprimante couleur A3",
    "installer un pare-feu et des sauvegardes",
    "trois administrateurs bénévoles dont un trésorier",
    "des plateaux-repas pour 100 personnes en décembre",
    "sous-traiter la mise sous pli de 3 000 courriers",
    "un article dans le journal de l’entreprise en avril",
    "une vidéo de deux minutes sur nos jardiniers",
    "des vélos à réparer",
    "entretenir vos espaces verts à huit",
    "une initiation à la langue des signes pour dix salariés",
    "prêter notre sono en semaine",
    "visiter notre ferme avec 15 collègues en juin",
    "tenir notre caisse pendant la kermesse",
    "un logiciel de paie pour 4 salariés",
    "remplacer 12 fenêtres",
    "parrainer deux lycéens jusqu’au bac",
    "notre salle de réunion pour 20 personnes le soir",
    "15 ordinateurs de quatre ans en octobre",
    "préparer 300 colis par mois",
    "rencontrer deux traiteurs avant l’été",
    "un camion frigorifique le mardi",
    "peinture, rouleaux et bâches pour un couloir",
    "un développeur Python deux heures par semaine",
    "des fournitures scolaires pour 40 enfants",
    "former cinq bénévoles au tableur",
    "un architecte pour le plan de notre crèche",
    "des blouses et gants pour le chantier",
    "animer un atelier couture le mercredi",
    "un don de 500 € pour des livres",
    "deux ordinateurs",
    "un webdesigner pour notre boutique en ligne",
    "un jury de six personnes pour notre concours en mai",
    "recycler nos cartouches d’encre",
    "un terrain de 200 m² pour un potager",
    "livrer des repas à vélo le midi",
]
VAGUE_ENGLISH = [
    "we help",
    "we need help",
    "help",
    "any help is welcome",
    "we can help",
    "miscellaneous",
    "various",
    "support",
    "some support",
    "a helping hand",
    "to be defined",
    "tbd",
    "to be discussed",
    "it depends",
    "we will see",
    "let’s talk",
    "partnerships",
    "a win-win partnership",
    "exchange",
    "exchanges of ideas",
    "our skills",
    "communication",
    "some communication",
    "equipment",
    "volunteers",
    "money",
    "funding",
    "donations",
    "anything that can help",
    "lots of things",
    "goodwill",
    "our expertise",
    "our know-how",
    "networking",
    "contacts",
    "visibility",
    "to be better known",
    "to be known",
    "develop our activity",
    "develop our projects",
    "financial support",
    "guidance",
    "advice",
    "advice on communication",
    "a bit of everything",
    "nothing specific",
    "training",
    "some trainings",
    "a room",
    "premises",
    "skills sponsorship",
    "time",
    "ideas",
    "create links",
    "take part in local life",
    "support local charities",
    "we want to get involved",
    "our network",
    "all proposals",
    "synergies",
]
CONCRETE_ENGLISH = [
    "two days of a web designer in May",
    "20 folding chairs for our party on 12 June",
    "ten laptops for our workshop in September",
    "a room for 40 people on two Saturdays in June",
    "six people to paint our premises one Friday in March",
    "€2,000 for the minibus of our summer camp",
    "redo our website before September",
    "a lawyer to read our lease",
    "translate our leaflets into Arabic and English",
    "five days of an accountant between January and March",
    "a van one Saturday a month",
    "pallets and planks to build raised beds",
    "a photographer for our gala in December",
    "two apprentice carpenters from September on",
    "our workshop of 60 m² on Monday mornings",
    "refurbished tablets for 15 seniors",
    "an electrician to bring our kitchen up to standard",
    "print 500 posters in April",
    "a coach to prepare 8 young people for job interviews",
    "proofread our bylaws",
    "a morning on public tenders for three employees",
    "a stall at your Christmas market",
    "store 3 m³ of toys until November",
    "unsold bread every Friday evening",
    "write a European grant application",
    "an A3 colour printer",
    "install a firewall and backups",
    "three board members, one of them a treasurer",
    "meal trays for 100 people in December",
    "stuff 3,000 envelopes",
    "an article in the company newsletter in April",
    "a two-minute video about our gardeners",
    "bicycles to repair",
    "eight people to keep your lawns",
    "a sign language taster for ten employees",
    "lend our sound system on weekdays",
    "visit our farm with 15 colleagues in June",
    "run our till during the fair",
    "payroll software for 4 employees",
    "replace 12 windows",
    "mentor two pupils until their exam",
    "our meeting room for 20 people in the evening",
    "15 computers, four years old, in October",
    "prepare 300 parcels a month",
    "meet two caterers before the summer",
    "a refrigerated lorry on Tuesdays",
    "paint, rollers and sheets for a corridor",
    "a Python developer two hours a week",
    "school supplies for 40 children",
    "teach five volunteers to use spreadsheets",
    "an architect for the plan of our nursery",
    "overalls and gloves for the building site",
    "run a sewing class on Wednesdays",
    "a gift of 500 € for books",
    "two computers",
    "a web designer",
    "a jury of six for our contest in May",
    "recycle our ink cartridges",
    "a plot of 200 m² for a vegetable garden",
    "deliver lunches by bicycle",
]
# Written once the words were chosen, and judged as they stand.
VAGUE_FRENCH_NEW = [
    "nous recherchons des partenaires",
    "tout type d’aide",
    "un soutien logistique",
    "des moyens humains",
    "notre expérience",
    "ce que vous voulez",
    "à convenir",
    "on est ouverts à tout",
    "des ressources",
    "mutualiser",
    "aider les gens",
    "être accompagnés dans notre projet",
]
CONCRETE_FRENCH_NEW = [
    "un plombier pour deux fuites",
    "des plants de tomates en avril",
    "50 gobelets réutilisables",
    "la mise en page de notre rapport annuel",
    "un vidéoprojecteur pour la soirée du 3 octobre",
    "deux jours de menuiserie par mois",
    "relire un contrat de bail",
    "un stage de troisième pour Inès en février",
    "une benne pour vider la cave",
    "un chauffeur le jeudi matin",
    "des ballons de handball",
    "tester notre application avec dix malvoyants",
]
VAGUE_ENGLISH_NEW = [
    "we are looking for partners",
    "all kinds of help",
    "logistical support",
    "human resources",
    "our experience",
    "whatever you like",
    "to be agreed",
    "we are open to everything",
    "resources",
    "to pool things",
    "helping people",
    "to be supported in our project",
]
CONCRETE_ENGLISH_NEW = [
    "a plumber for two leaks",
    "tomato plants in April",
    "50 reusable cups",
    "the layout of our annual report",
    "a projector for the evening of 3 October",
    "two days of joinery a month",
    "read a tenancy agreement",
    "a work placement for Inès in February",
    "a skip to empty the cellar",
    "a driver on Thursday mornings",
    "handball balls",
    "test our app with ten visually impaired people",
]

MOST_WRONG = 0.05


def wrong(vague: list[str], concrete: list[str]) -> list[str]:
    return [line for line in vague if not is_vague(line)] + [line for line in concrete if is_vague(line)]


@pytest.mark.parametrize(
    ("vague", "concrete"),
    [(VAGUE_FRENCH, CONCRETE_FRENCH), (VAGUE_ENGLISH, CONCRETE_ENGLISH)],
    ids=["French", "English"],
)
def test_at_most_one_line_in_twenty_is_wrongly_judged(vague: list[str], concrete: list[str]) -> None:
    assert min(len(set(vague)), len(set(concrete))) >= 60
    found = wrong(vague, concrete)
    assert len(found) <= MOST_WRONG * len(vague + concrete), found


@pytest.mark.parametrize(
    ("vague", "concrete"),
    [(VAGUE_FRENCH_NEW, CONCRETE_FRENCH_NEW), (VAGUE_ENGLISH_NEW, CONCRETE_ENGLISH_NEW)],
    ids=["French", "English"],
)
def test_lines_that_nobody_chose_words_for_are_mostly_judged_well(vague: list[str], concrete: list[str]) -> None:
    found = wrong(vague, concrete)
    assert len(found) <= 3, found


def test_nothing_written_is_asked_about_by_nobody() -> None:
    assert not is_vague("")
    assert not is_vague("   ")


@pytest.mark.parametrize("line", ["🙂🙂🙂", "!!!", "12", "<b></b>", "x"])
def test_line_without_words_is_vague(line: str) -> None:
    assert judged(line).lacks == Lacks.WHAT


def test_one_thing_alone_lacks_how_much_or_when() -> None:
    assert judged("graphiste").lacks == Lacks.MORE
    assert judged("un graphiste en mai").lacks is None
    assert judged("deux graphistes").lacks is None


def test_project_is_expected_to_say_more_than_a_line() -> None:
    assert is_vague("un graphiste en mai", project=True)
    assert not is_vague("Un jardin partagé cherche un graphiste en mai.", project=True)


def test_every_example_is_concrete_in_both_languages(app: Flask) -> None:
    codes = [*(f"{one.code}.x" for one in CATEGORIES), "of_the_event.x"]
    for language in ("fr", "en"):
        with app.test_request_context(), force_locale(language):
            lines = [
                line_example(side, kind, code)
                for side in ("needs", "offers")
                for kind in ("association", "company", "public")
                for code in codes
            ]
            assert [line for line in lines if is_vague(line)] == []
            assert [kind for kind in ("association", "company") if is_vague(project_example(kind), project=True)] == []


def test_question_suits_the_category_and_the_example_who_asks(app: Flask) -> None:
    with app.test_request_context(), force_locale("fr"):
        one = ask_line("needs", "association", "skills.digital", "on a besoin d’aide")
        other = ask_line("offers", "company", "goods.it", "du matériel")
    assert "Quel métier" in one
    assert "graphiste" in one
    assert "Quels objets" in other
    assert "15 ordinateurs" in other


def test_concrete_line_and_project_are_left_alone(app: Flask) -> None:
    with app.test_request_context():
        assert ask_line("needs", "association", "skills.digital", "deux jours d’un graphiste en mai") == ""
        assert ask_project("Nous cherchons un graphiste pour deux jours en mai.") == ""
        assert ask_project("On a besoin d’aide") != ""
