"""What a public page answers where the organisers have written no answers of their own."""

from flask_babel import gettext as _


def usual_questions() -> list[tuple[str, str]]:
    """The usual questions with their answers, in the language of the moment."""
    return [
        (
            _("Do I need an account?"),
            _("No. After registering you get a personal link by e-mail: it is your account, without a password."),
        ),
        (
            _("How is it decided whom I meet?"),
            _(
                "By your wishes and theirs, and by what one looks for and the other brings. Each meeting has its "
                "reason, and your agenda tells it."
            ),
        ),
        (
            _("What if I choose nobody?"),
            _("You get meetings all the same, by your needs and offers."),
        ),
        (
            _("What should I prepare?"),
            _(
                "One thing that you look for, one that you bring, as concrete as “two days of a web designer in May”. "
                "A meeting is short: the concrete is remembered."
            ),
        ),
        (
            _("Can several of us come?"),
            _("Yes. Say in the form how many you are: each of you can hold meetings of their own at the same time."),
        ),
        (
            _("What if I cannot come after all?"),
            _("Say so with your personal link as soon as you know: those who were to meet you get other meetings."),
        ),
        (
            _("Who sees what I write?"),
            _(
                "The organisers, and those whom you may meet. Your e-mail address and your telephone are not shown to "
                "them. You can change, export or erase everything yourself."
            ),
        ),
    ]
