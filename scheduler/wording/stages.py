"""What the search is doing, in French and English: the codes of ``Watch.tell`` and their words."""

from __future__ import annotations

STAGES = {
    "selection": ("choosing a selection: who meets whom", "choix des rencontres"),
    "slotting": ("finding a round for each meeting", "un créneau pour chaque rendez-vous"),
    "tightening": ("proving how much can be reached", "preuve de ce qu’on peut atteindre"),
    "improving": ("improving part by part", "amélioration, partie par partie"),
    "choosing": ("choosing again under all rules", "nouveau choix sous toutes les règles"),
    "improved": ("a better timetable found", "un meilleur planning est trouvé"),
    "breaks": ("shortening the breaks between meetings", "réduction des attentes entre rendez-vous"),
    "plan": ("following a plan of who is busy when", "suivi d’un plan des présences"),
    "even breaks": ("sharing out the breaks evenly", "répartition égale des attentes"),
    "fewer breaks": ("asking for fewer breaks", "recherche de moins d’attentes"),
    "bound on breaks": ("proving how few breaks are possible", "preuve du plus petit nombre d’attentes"),
    "another selection": ("trying other meetings of the same worth", "essai d’autres rencontres de même valeur"),
    "exact model": ("asking the exact model", "recours au modèle exact"),
    "tables": ("giving out the tables", "attribution des tables"),
    "situation": ("looking at what has changed", "examen de ce qui a changé"),
    "keeping": ("keeping what was announced", "maintien de ce qui est annoncé"),
    "filling": ("finding meetings for those who lost some", "nouveaux rendez-vous à la place des perdus"),
    "done": ("done", "terminé"),
}


def stage_words(stage: str, language: str) -> str:
    """Return what is done in ``stage`` in ``language`` (``fr`` or ``en``); a code that is not known, as it is."""
    english, french = STAGES.get(stage, (stage, stage))
    return french if language == "fr" else english
