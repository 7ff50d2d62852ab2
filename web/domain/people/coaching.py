"""Whether somebody who reads a need, an offer or a project would know what to bring: what, how much, when.

A line is concrete where it names a thing or a deed that is more than the category it stands beside, and is vague
otherwise: “we help”, “on a besoin d’aide”, “divers”, a single word. French and English are read alike, whatever the
language of the page: people write in their own. Nothing here refuses anything; see `coaching_words` for what is asked.
"""

import re
from collections.abc import Container
from dataclasses import dataclass
from enum import StrEnum

from web.domain.text import folded


class Lacks(StrEnum):
    """What a line does not say yet, the first thing to ask for."""

    WHAT = "what"
    MORE = "more"


@dataclass(frozen=True)
class Judgement:
    """What a text says: how many words of substance, whether how much and when; and what it lacks, if anything."""

    substance: int
    how_much: bool
    when: bool
    lacks: Lacks | None


def judged(text: str, *, project: bool = False) -> Judgement:
    """What `text` (a line, or a `project`, of which more is expected) says. Pure. Cost: linear."""
    words = folded(text).split()
    amount = any(_is_amount(word) for word in words) or _PERCENT_FREE.search(text) is not None
    moment = any(word in _MOMENTS or _DATE.fullmatch(word) for word in words)
    said = {(_forms(word) or [word])[0] for word in words if _has_substance(word)}
    return Judgement(len(said), amount, moment, _lacking(len(said), amount, moment, project))


def _lacking(substance: int, how_much: bool, when: bool, project: bool) -> Lacks | None:
    """One thing named is enough with an amount or a moment, two without. A project is a sentence, and says one more."""
    if substance == 0:
        return Lacks.WHAT
    said = substance + how_much + when
    return Lacks.MORE if said < (3 if project else 2) else None


def is_vague(text: str, *, project: bool = False) -> bool:
    """Whether the coach asks something about `text`; an empty one is nobody's fault."""
    return bool(text.strip()) and judged(text, project=project).lacks is not None


def _has_substance(word: str) -> bool:
    if len(word) < 2 or any(letter.isdigit() for letter in word):
        return False
    return not (word in _SMALL or word in _AMOUNTS or word in _MOMENTS or _in_any_form(word, _EMPTY))


def _is_amount(word: str) -> bool:
    return word in _AMOUNTS or _NUMBER.fullmatch(word) is not None


def _in_any_form(word: str, known: Container[str]) -> bool:
    """Whether `word` or what it is the plural or the feminine of is known."""
    return word in known or any(form in known for form in _forms(word))


def _forms(word: str) -> list[str]:
    """What `word` may be a form of, the most likely first."""
    if len(word) < 5:
        return []
    found = [word[: -len(ending)] + instead for ending, instead in _ENDINGS if word.endswith(ending)]
    return [one for one in found if len(one) > 2]


# What the plural or the feminine ends in, and what stands there otherwise.
_ENDINGS = (("aux", "al"), ("ies", "y"), ("s", ""), ("x", ""), ("es", ""), ("e", ""))
# A number, perhaps with its unit: 3, 20, 1500, 3h, 40m2, 10k.
_NUMBER = re.compile(r"\d{1,7}(?:k|m|h|j|kg|km|m2|m3|eur|mo|go|l|th|e)?")
_PERCENT_FREE = re.compile(r"\d\s?[€$£]")
_DATE = re.compile(r"(?:19|20)\d\d|\d{1,2}h\d{0,2}")


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


# Written as `folded` gives them: without accents and case.
_AMOUNTS = _words(
    """
    deux trois quatre cinq six sept huit neuf dix onze douze quinze vingt trente quarante cinquante soixante cent
    mille dizaine vingtaine trentaine cinquantaine centaine quinzaine douzaine demi demie two three four five
    seven eight nine ten eleven twelve fifteen twenty thirty forty fifty sixty hundred thousand dozen half
    """
)
_MOMENTS = _words(
    """
    janvier fevrier mars avril mai juin juillet aout septembre octobre novembre decembre lundi mardi mercredi
    jeudi vendredi samedi dimanche printemps ete automne hiver noel rentree trimestre semestre weekend
    hebdomadaire mensuel mensuelle annuel annuelle january february april may june july august september october
    november december monday tuesday wednesday thursday friday saturday sunday spring summer autumn winter
    christmas quarter weekly monthly yearly
    """
)
# Words that join others.
_SMALL = _words(
    """
    le la les un une des de du au aux en et ou ni mais donc car que qui quoi dont ce cet cette ces ca cela ceci se
    sa son ses ma mon mes ta ton tes nos notre vos votre leur leurs je tu il elle on nous vous ils elles me te lui
    eux soi moi toi a y dans sur sous par pour avec sans chez vers entre contre selon depuis pendant jusqu jusque
    avant apres est sont sommes etes suis etre ete avoir ai as avons avez ont sera serait serions seront soit pas
    ne plus moins tres trop peu bien aussi si comme ainsi alors tout toute tous toutes meme memes autre autres
    chaque quelque quelques plusieurs beaucoup certain certaine certains certaines tel telle car afin parce lors
    puis encore deja toujours souvent parfois jamais ici la bas non oui merci bonjour etc ex aupres autour suivant
    notamment surtout vraiment the an of to in on at by for from with without into over under about between
    through and or nor but so as if than then that this these those there here it its is are was were be been
    being am do does did done has have had having we us our ours you your yours they them their theirs he she his
    her him my mine me who whom whose which what when where how why not no yes all any some each every both either
    more most less least much many few little very too also just only own same such other others another again
    ever never always often sometimes will would can could shall should may might must let lets please thanks
    thank hello etc eg ie per via up out off down around within
    """
)
# Words that anybody could write beside anything. Verbs stand in the forms that people use of themselves.
_EMPTY = _words(
    """
    aide aider aidons aidez aident aidant soutien soutenir soutenons appui appuyer accompagnement accompagner
    accompagnons coup main pouce besoin cooperation cooperer collaboration collaborer collaborons partenariat
    partenaire partenarial partager partage partageons echange echanger echangeons rencontre rencontrer
    rencontrons discuter discussion discutons dialogue voir verra verrons decouvrir decouverte connaitre faire
    faisons fait font refaire ferons chose truc divers diverse diverses varie variee variees different differente
    general generale global globale possible possibilite eventuel eventuelle eventuellement selon propose proposer
    proposons proposition offre offrir offrons apporter apportons apport donner donnons mettre mettons disposition
    service servir rendre rendons utile utilite util disponible disponibilite temps humain benevolat benevole
    competence savoir savoirs faires connaissance expertise expert experience professionnel professionnelle
    qualite ressource moyen outil solution idee conseil conseiller conseils action activite projet programme
    dispositif initiative demarche developpement developper developpons croissance ambition objectif but mission
    valeur sens social sociale societal solidaire solidarite humaniste impact engagement engager engageons engage
    motivation motive motivee motives volonte bonne bon belle beau grand grande petit petite nouveau nouvelle
    ensemble mutuel commun commune collectif collective local locale territoire region quartier monde gens
    personne personnes public publics structure association asso organisation organisme entreprise societe boite
    equipe membre adherent salarie acteur client fournisseur reseau contact lien relation mise mises ouvert
    ouverte ouverts ouvrir toute demande demander demandons chercher cherchons cherche recherche recherchons
    rechercher recherche trouver trouvons avoir vouloir voulons voudrions voudrais veux souhaite souhaiter
    souhaitons souhait aimerions aimerais aimer pouvoir pouvons pouvez peut peuvent pourrait pourrions pourquoi
    devoir devons doit falloir faut interesse interesser interessee interesses interessant interet important
    importante importants urgent necessaire essentiel divers materiel bien objet equipement local locaux lieu
    espace argent fonds fond finance financement financier financiere financer budget don donation subvention
    mecenat sponsor sponsoring parrainage parrain visibilite visible communication communiquer communique image
    notoriete promotion promouvoir valoriser valorisation formation former numerique informatique digital
    juridique droit rh humaine humaines strategie strategique strategiques pratique concret concrete concretement
    efficace innovation innovant innovante innover simple facile rapide niveau domaine secteur sujet theme
    thematique question point chose plein rien type sorte genre maniere facon part partie place cas fonction suite
    cadre plan vue terme niveau max maximum minimum mieux ameliorer amelioration renforcer renforcement favoriser
    participer participation participons contribuer contribution contribuons construire construction creer
    creation monter montage lancer porter mener gerer gestion avancer aller venir passer prendre laisser permettre
    permet rester reste definir preciser determiner discuterons envisager envisageable imaginer penser reflechir
    reflexion savons sait synergie convivialite bonheur plaisir joie coeur coup force vie avenir futur long court
    terme jour jours journee moment heure semaine mois annee date periode bientot prochainement rapidement partout
    quand ecoute bienveillance regard exterieur complementaire accueil accueillir accueillons recevoir presence
    dynamique dynamiser energie envie inclusion inclusif environnement environnemental ecologie ecologique durable
    rse culture sport sante education emploi insertion help helping helps helped helpful assist assistance
    assisting support supporting supportive aid need needs needed needing want wants wanted wanting wish wishes
    look looking looks search searching seek seeking find finding get getting give giving gives offer offering
    offers provide providing provision bring bringing share sharing exchange exchanging collaborate collaboration
    collaborating cooperate cooperation partner partnership partnering work working works meet meeting discuss
    discussion discussing talk talking chat see seeing tbd tbc discover explore exploring know knowing knowhow
    learn make making thing things stuff something anything everything nothing specific whatever various several
    different diverse miscellaneous misc general generally global possible possibly possibility available
    availability useful use using used valuable value skill skilled expertise expert experience experienced
    knowledge professional quality resource means tool solution idea advice advise advisory guidance action
    activity project programme program initiative approach development develop developing growth grow growing
    ambition objective goal aim mission purpose sense social societal solidarity human impact commitment commit
    committed motivation motivated willing willingness good great nice best better big small new fresh together
    mutual common collective local community territory area region neighbourhood world people person public
    structure association organisation organization charity nonprofit company business firm team member employee
    staff actor stakeholder client customer supplier network networking contact link relation relationship
    introduction open opportunity opportunities ask asking interest interested interesting important urgent
    necessary essential material materials good goods object equipment premise place space room money fund funds
    funding finance financial donation donate sponsor sponsoring sponsorship patronage visibility visible
    communication communicate image awareness promote promotion training train digital it legal law hr strategy
    strategic practical concrete concretely efficient effective innovation innovative simple easy quick level
    field sector topic theme question point type sort kind way manner part case plan view term maximum minimum
    improve improvement strengthen strengthening encourage participate participation contribute contribution build
    building create creation creative launch run running manage management go going come coming take taking let
    leave allow stay define specify determine consider imagine think thinking synergy synergies joy happy pleasure
    heart strength life future long short day days moment hour week month year time times date soon quickly
    everywhere listen listening kindness outside hand hands volunteer volunteers volunteering welcome welcoming
    presence dynamic energy inclusion inclusive environment environmental ecology sustainable sustainability
    culture health education employment like love able happy glad ready needed could anyone someone everyone
    somebody anybody
    """
)
