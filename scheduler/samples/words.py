"""What sample events are made of: trades of associations and companies, and names for thousands of them.

All organisations are fictional. Codes of needs, offers, themes and zones are those that the product proposes.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Trade:
    """What organisations of one sort are called, ask for, bring and care about, the likeliest first."""

    heads: tuple[str, ...]
    needs: tuple[str, ...]
    offers: tuple[str, ...]
    themes: tuple[str, ...]


def _words(text: str) -> tuple[str, ...]:
    return tuple(part.strip() for part in text.split("|"))


ZONES = ("lille", "roubaix", "tourcoing", "villeneuve_d_ascq", "wattrelos", "marcq_en_baroeul", "armentieres", "seclin")

ASSOCIATIONS = (
    Trade(
        _words(
            "Les Chantiers|L’Atelier d’insertion|La Régie|Le Tremplin|La Ressourcerie|Le Relais emploi|La Passerelle"
        ),
        ("business.subcontracting", "people.mentoring", "skills.strategy", "people.internships", "goods.vehicles"),
        ("business.supported_employment", "business.purchase", "knowledge.inclusion", "visibility.local_roots"),
        ("insertion", "solidarity", "environment"),
    ),
    Trade(
        _words("Les Jardins|La Recyclerie|Les Sentiers|La Maison de la nature|Le Verger partagé|Les Ruchers|La Mare"),
        (
            "goods.equipment",
            "people.volunteer_days",
            "skills.communication",
            "premises.storage",
            "money.project_funding",
        ),
        ("knowledge.environment", "visibility.image", "business.purchase", "visibility.local_roots"),
        ("environment", "insertion", "education"),
    ),
    Trade(
        _words("L’École des devoirs|Le Coup de pouce|La Classe ouverte|Les Savoirs|La Boussole|Les Petits Lecteurs"),
        ("people.volunteer_days", "goods.it", "premises.room", "people.mentoring", "money.donation"),
        ("knowledge.social_needs", "visibility.image", "network.introductions", "knowledge.training"),
        ("education", "youth", "digital_inclusion"),
    ),
    Trade(
        _words("La Compagnie|Le Théâtre|La Fanfare|Les Ateliers d’art|La Galerie|Le Ciné-club|Le Chœur|Les Tréteaux"),
        ("money.sponsorship", "premises.workshop", "skills.communication", "premises.storage", "skills.law"),
        ("visibility.image", "visibility.press", "knowledge.training", "visibility.local_roots"),
        ("culture", "youth", "education"),
    ),
    Trade(
        _words("Le Club omnisports|L’Étoile sportive|Les Foulées|L’Aviron|Le Judo-club|Les Cyclos|Le Handball"),
        ("money.sponsorship", "goods.equipment", "goods.vehicles", "skills.finance", "people.board_members"),
        ("visibility.image", "visibility.local_roots", "network.introductions", "visibility.press"),
        ("sport", "youth", "health"),
    ),
    Trade(
        _words("La Maison de santé|Le Souffle|Les Aidants|Le Point santé|L’Écoute|Le Répit|La Halte"),
        ("money.donation", "skills.communication", "people.skills_sponsorship", "premises.room", "skills.law"),
        ("knowledge.training", "knowledge.social_needs", "knowledge.inclusion"),
        ("health", "seniors", "solidarity"),
    ),
    Trade(
        _words("Handi-loisirs|Les Ateliers adaptés|La Main tendue|Signes et Liens|Le Foyer|L’Élan|Autrement capables"),
        ("goods.equipment", "business.joint_tender", "people.internships", "goods.it", "skills.hr"),
        ("business.supported_employment", "knowledge.inclusion", "business.purchase", "knowledge.training"),
        ("disability", "insertion", "health"),
    ),
    Trade(
        _words("Toit commun|La Clé|Le Logis|Les Bâtisseurs|L’Abri|Habitat partagé|Les Voisins"),
        ("goods.furniture", "skills.law", "people.volunteer_days", "money.project_funding", "skills.finance"),
        ("knowledge.social_needs", "visibility.local_roots", "knowledge.inclusion"),
        ("housing", "solidarity", "seniors"),
    ),
    Trade(
        _words("L’Épicerie solidaire|La Table|Le Vestiaire|Le Panier|La Grande Marmite|Entraide|Le Comptoir solidaire"),
        ("goods.food", "premises.storage", "goods.vehicles", "people.volunteer_days", "money.donation"),
        ("visibility.local_roots", "knowledge.social_needs", "visibility.image"),
        ("solidarity", "housing", "environment"),
    ),
    Trade(
        _words("Les Cheveux d’argent|Le Fil|Les Visiteurs|Mémoire vive|Le Banc|Les Grands Âges|Le Thé dansant"),
        ("people.volunteer_days", "goods.it", "premises.room", "skills.digital", "people.skills_sponsorship"),
        ("knowledge.social_needs", "knowledge.training", "visibility.local_roots"),
        ("seniors", "solidarity", "digital_inclusion"),
    ),
    Trade(
        _words("La Fabrique jeunesse|Le Labo|Les Éclaireurs|Cap jeunes|La Ruche|Le Grand Bain|Les Explorateurs"),
        ("people.internships", "people.mentoring", "skills.strategy", "goods.equipment", "network.introductions"),
        ("visibility.image", "knowledge.inclusion", "network.introductions", "knowledge.training"),
        ("youth", "insertion", "culture"),
    ),
    Trade(
        _words("Le Clic|Clavier partagé|Le Cyber-relais|Pixels|Les Passeurs numériques|La Souris agile|Les Octets"),
        ("goods.it", "skills.digital", "people.skills_sponsorship", "premises.room", "money.project_funding"),
        ("knowledge.training", "knowledge.inclusion", "visibility.image"),
        ("digital_inclusion", "education", "seniors"),
    ),
)

COMPANIES = (
    Trade(
        _words("Imprimerie|Papeterie|Studio graphique|Agence|Édition"),
        ("visibility.local_roots", "business.supported_employment", "network.introductions"),
        ("skills.communication", "business.subcontracting", "people.internships", "goods.equipment"),
        ("culture", "education"),
    ),
    Trade(
        _words("Logiciels|Informatique|Web|Réseaux|Données"),
        ("knowledge.inclusion", "visibility.image", "knowledge.training"),
        ("skills.digital", "goods.it", "people.skills_sponsorship", "people.mentoring"),
        ("digital_inclusion", "youth", "education"),
    ),
    Trade(
        _words("Menuiserie|Charpente|Peintures|Couverture|Plomberie|Électricité"),
        ("business.supported_employment", "people.internships", "visibility.local_roots"),
        ("goods.equipment", "people.internships", "premises.workshop", "people.volunteer_days"),
        ("housing", "insertion"),
    ),
    Trade(
        _words("Cabinet comptable|Expertise|Gestion|Conseil|Audit"),
        ("network.introductions", "visibility.local_roots", "knowledge.social_needs"),
        ("skills.finance", "people.board_members", "skills.strategy", "people.mentoring"),
        ("solidarity", "sport"),
    ),
    Trade(
        _words("Avocats|Étude notariale|Juristes|Droit et Cie"),
        ("knowledge.social_needs", "visibility.image"),
        ("skills.law", "people.skills_sponsorship", "people.board_members"),
        ("housing", "disability", "health"),
    ),
    Trade(
        _words("Transports|Logistique|Messagerie|Déménagements|Entrepôts"),
        ("business.supported_employment", "knowledge.environment", "visibility.image"),
        ("goods.vehicles", "premises.storage", "business.subcontracting", "people.internships"),
        ("environment", "insertion"),
    ),
    Trade(
        _words("Boulangerie|Traiteur|Conserverie|Brasserie|Primeurs|Biscuiterie"),
        ("visibility.local_roots", "business.purchase", "knowledge.environment"),
        ("goods.food", "people.internships", "business.subcontracting"),
        ("solidarity", "environment", "health"),
    ),
    Trade(
        _words("Assurances|Mutuelle|Prévoyance|Courtage"),
        ("visibility.image", "knowledge.social_needs", "knowledge.inclusion"),
        ("money.sponsorship", "money.project_funding", "people.volunteer_days", "skills.finance"),
        ("health", "sport", "seniors"),
    ),
    Trade(
        _words("Banque|Crédit|Épargne|Caisse"),
        ("visibility.local_roots", "network.introductions", "knowledge.social_needs"),
        ("money.project_funding", "money.donation", "skills.finance", "people.mentoring"),
        ("culture", "housing", "insertion"),
    ),
    Trade(
        _words("Espaces verts|Pépinières|Paysages|Jardinerie|Éco-chantiers"),
        ("business.subcontracting", "knowledge.environment", "business.supported_employment"),
        ("goods.equipment", "people.volunteer_days", "premises.workshop", "people.internships"),
        ("environment", "insertion"),
    ),
    Trade(
        _words("Propreté|Services|Blanchisserie|Maintenance|Accueil"),
        ("business.supported_employment", "business.joint_tender", "skills.hr"),
        ("business.joint_tender", "business.subcontracting", "people.internships", "skills.hr"),
        ("insertion", "disability"),
    ),
    Trade(
        _words("Mobilier|Ameublement|Literie|Agencement|Cuisines"),
        ("visibility.image", "business.purchase", "knowledge.environment"),
        ("goods.furniture", "premises.storage", "money.donation"),
        ("housing", "solidarity"),
    ),
    Trade(
        _words("Textiles|Filature|Confection|Teintures|Tissages"),
        ("business.purchase", "knowledge.environment", "visibility.press"),
        ("goods.equipment", "premises.workshop", "business.subcontracting", "money.sponsorship"),
        ("culture", "environment", "insertion"),
    ),
    Trade(
        _words("Ressources humaines|Intérim|Formation|Coaching|Recrutement"),
        ("knowledge.inclusion", "network.introductions", "business.supported_employment"),
        ("skills.hr", "people.mentoring", "people.skills_sponsorship", "skills.strategy", "network.introductions"),
        ("insertion", "disability", "youth"),
    ),
    Trade(
        _words("Mécanique|Fonderie|Outillage|Plasturgie|Emballages|Chaudronnerie"),
        ("people.internships", "visibility.local_roots", "knowledge.environment", "business.subcontracting"),
        ("people.internships", "goods.equipment", "money.sponsorship", "premises.storage"),
        ("youth", "sport", "environment"),
    ),
    Trade(
        _words("Hôtel|Résidence|Restaurant|Salles et Séminaires|Auberge"),
        ("visibility.image", "business.supported_employment", "visibility.local_roots"),
        ("premises.room", "goods.food", "people.internships", "goods.furniture"),
        ("culture", "seniors", "solidarity"),
    ),
)

PLACES = _words(
    "du Canal|des Trois Ponts|de la Lys|du Beffroi|des Tilleuls|du Vieux Port|de l’Écluse|du Moulin|des Remparts|"
    "de la Marque|du Parc|des Quatre Vents|de la Deûle|du Faubourg|des Orchidées|de la Tour|du Grand Jardin|"
    "des Glacis|de l’Alma|du Pont Neuf|des Filatures|de la Briqueterie|du Pré Fleuri|des Saules|de la Gare|du Lac|"
    "des Marronniers|de la Fontaine|du Fort|des Bateliers|de l’Union|du Marais|des Peupliers|de la Citadelle|"
    "du Clos|des Cheminées|de la Plaine|du Carrefour|des Hirondelles|de la Source|du Bois Blanc|des Drapiers|"
    "de la Halle|du Chemin Vert|des Lilas|de l’Horloge|du Trieu|des Couleurs|de la Colline|du Quai|des Forges|"
    "de la Grande Place|du Nouveau Monde|des Champs|de la Rose|du Petit Bois|des Tisserands|de l’Étang|"
    "du Soleil levant|des Cerisiers|de la Rivière|du Hameau|des Iris|de la Croisée|du Ruisseau|des Pavés|"
    "de la Cense|du Colombier|des Ormes|de la Dentelle|du Vert Galant|des Mariniers|de la Lanterne|du Viaduc|"
    "des Genêts|de la Pomme|du Rivage|des Géants|de la Ducasse|du Carillon"
)

FAMILIES = _words(
    "Delmarque|Vanhoorne|Lestrade|Duprémont|Wallart|Castelain|Herboux|Montaigu|Derville|Ostrevant|Belloy|"
    "Carpentreau|Lemesre|Vandorp|Houzet|Delaroche|Brisset|Flament|Gravelin|Tavernier|Quévrain|Roussalle|Malfait|"
    "Sénéchal|Dumortelle|Craye|Lenormand|Bourdrelle|Haudry|Veldeman|Marchandise|Coquerel|Dehaene-Roy|Loriot|"
    "Pasteyer|Wagnon|Debruyère|Fauquet|Ghislain|Hennebel|Imbault|Jorion|Kestelyn|Lepoutrel|Mullier|Nollet|"
    "Obled|Petitprez|Quillet|Rosendaal|Sauvage-Lys|Thieffry|Urbain|Verspieren-Lac|Wibaut|Ysebrand|Zeltman|"
    "Aubrécourt|Bauduin|Choquelle|Deswarte|Evrardin|Fontigny|Guillemard|Hochart|Izambard|Jansoone|Kerlan|"
    "Lagache|Masurel-Bay|Noterman|Ovelacq|Plouvier|Ringot|Salembert|Trannoy|Vasseur|Willock|Yvernault|Zègre"
)

FIRST_NAMES = _words("Amina|Benoît|Camille|Driss|Élodie|Farid|Ghislaine|Hugo|Inès|Joseph|Karima|Léon")
