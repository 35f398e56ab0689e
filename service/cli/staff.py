"""Commands about the people of the office: add, list, change, remove."""

from collections.abc import Mapping
from typing import Annotated, NamedTuple

import typer
from sqlalchemy.ext.asyncio import AsyncSession

from announcements.identity import unlock
from announcements.staff import Right, Rights, add_staff, all_staff, build_rights, find_staff, rights_of
from service.cli.acting import operator
from service.cli.app import JsonOption, app, run_async, settings_of
from service.cli.output import print_json, results, table
from service.cli.pins import PinFileOption, PinOption, asked_pin
from service.cli.words import PriorityWord
from service.clock import utc_now
from service.current import current_store
from service.settings import Settings
from store.errors import InputError
from store.staff import Staff
from store.states import Priority
from subscribers.audit import note
from subscribers.phones import mask, parse_phone

staff = typer.Typer(help="The people of the office, and what each may do.", no_args_is_help=True)
app.add_typer(staff, name="staff")


Words = list[str] | None
NameArgument = Annotated[str, typer.Argument(metavar="NAME", help="Name, or id, as `hlasatel staff list` shows it.")]
PhoneOption = Annotated[str | None, typer.Option(metavar="NUMBER", help="Where the service calls back.")]
MayOption = Annotated[
    list[Right] | None,
    typer.Option(metavar="RIGHT", help="draft, approve or launch (includes draft); may be repeated."),
]
TopicOption = Annotated[Words, typer.Option(metavar="TOPIC", help="Only launches and approves these; else any.")]
PackageOption = Annotated[Words, typer.Option(metavar="PACKAGE", help="The topics of a package, likewise.")]
UpToOption = Annotated[PriorityWord | None, typer.Option(help="The highest priority they launch and approve.")]


class Wanted(NamedTuple):
    """What was typed about rights; None: nothing."""

    may: list[Right] | None
    topics: Words
    packages: Words
    up_to: PriorityWord | None

    async def over(self, session: AsyncSession, had: Rights) -> Rights:
        """The rights ``had`` with what was typed in their place. Raises UnknownName for a topic or package."""
        given = await build_rights(
            session, self.may or (), topics=self.topics or (), packages=self.packages or (), most_urgent=self._rank(had)
        )
        kept = {"may"} if self.may is None else set()
        if self.topics is None and self.packages is None:
            kept |= {"topics", "packages"}
        return given.model_copy(update=had.model_dump(include=kept))

    def _rank(self, had: Rights) -> Priority:
        return had.most_urgent if self.up_to is None else Priority[self.up_to.name]


@staff.command("add")
def add_command(
    context: typer.Context,
    name: Annotated[str, typer.Argument(metavar="NAME", help="Name of the person.")],
    phone: PhoneOption = None,
    may: MayOption = None,
    topic: TopicOption = None,
    package: PackageOption = None,
    up_to: UpToOption = None,
    pin: PinOption = False,
    pin_file: PinFileOption = None,
    json: JsonOption = False,
) -> None:
    """Add a person of the office. With phone and PIN they may announce by phone, within their rights."""
    settings = settings_of(context)
    number = None if phone is None else _number(phone, settings)
    hashed = asked_pin(pin_file, ask=pin)
    wanted = Wanted(may, topic, package, up_to)
    _show_one(run_async(_add(settings, name, number, hashed, wanted)), "added", json=json)


@staff.command("list")
def list_command(context: typer.Context, json: JsonOption = False) -> None:
    """Everybody of the office; numbers in full, PINs never."""
    everybody = run_async(_list(settings_of(context)))
    if json:
        print_json([_as_json(member) for member in everybody])
        return
    columns = ("id", "name", "phone", "PIN", "may", "about", "up to")
    results.print(table("Staff", columns, [_row(member) for member in everybody]))


@staff.command("change")
def change_command(
    context: typer.Context,
    name: NameArgument,
    phone: PhoneOption = None,
    no_phone: Annotated[bool, typer.Option("--no-phone", metavar="", help="They announce by phone no more.")] = False,
    may: MayOption = None,
    topic: TopicOption = None,
    package: PackageOption = None,
    any_topic: Annotated[bool, typer.Option("--any-topic", metavar="", help="No bounds of topics.")] = False,
    up_to: UpToOption = None,
    pin: PinOption = False,
    pin_file: PinFileOption = None,
    json: JsonOption = False,
) -> None:
    """Change a person of the office; what is not given stays. Rights and topics given replace those they had."""
    if (phone and no_phone) or (any_topic and (topic or package)):
        raise InputError("two of the options contradict each other", mend="give one of them")
    settings = settings_of(context)
    columns: dict[str, str | None] = {"phone": None} if no_phone else {}
    if phone is not None:
        columns["phone"] = _number(phone, settings)
    if hashed := asked_pin(pin_file, ask=pin):
        columns["pin_hash"] = hashed
    wanted = Wanted(may, [] if any_topic else topic, [] if any_topic else package, up_to)
    _show_one(run_async(_change(settings, name, columns, wanted)), "changed", json=json)


@staff.command("remove")
def remove_command(context: typer.Context, name: NameArgument) -> None:
    """Remove a person of the office. Their announcements and the audit trail stay."""
    typer.echo(f"{run_async(_remove(settings_of(context), name))} is removed.")


def _number(phone: str, settings: Settings) -> str:
    number = parse_phone(phone, settings.town.country).number
    if not number.startswith(settings.prefixes):
        raise InputError(f"no trunk may dial {mask(number)}", mend="add its beginning to a trunk's prefixes")
    return number


async def _add(settings: Settings, name: str, phone: str | None, pin_hash: str | None, wanted: Wanted) -> Staff:
    async with current_store(settings.store) as store, store.writing() as session:
        rights = await wanted.over(session, Rights(may=(Right.DRAFT,)))
        member = await add_staff(session, name, rights, utc_now(), phone=phone, pin_hash=pin_hash)
        await note(session, operator(), "added", _subject(member), utc_now(), details=_details(member))
        return member


async def _list(settings: Settings) -> list[Staff]:
    async with current_store(settings.store) as store, store.reading() as session:
        return list(await all_staff(session))


async def _change(settings: Settings, name: str, columns: Mapping[str, str | None], wanted: Wanted) -> Staff:
    async with current_store(settings.store) as store, store.writing() as session:
        member = await find_staff(session, name)
        for column, value in columns.items():
            setattr(member, column, value)
        member.rights = (await wanted.over(session, rights_of(member))).model_dump(mode="json")
        if member.phone and "pin_hash" in columns:
            await unlock(session, member.phone)
        pin = "; a new PIN" if "pin_hash" in columns else ""
        await note(session, operator(), "changed", _subject(member), utc_now(), details=_details(member) + pin)
        return member


async def _remove(settings: Settings, name: str) -> str:
    async with current_store(settings.store) as store, store.writing() as session:
        member = await find_staff(session, name)
        await note(session, operator(), "removed", _subject(member), utc_now(), details=member.name)
        await session.delete(member)
        return member.name


def _subject(member: Staff) -> str:
    return f"staff {member.id}"


def _details(member: Staff) -> str:
    phone = mask(member.phone) if member.phone else "no phone"
    return f"{member.name}, {phone}, {_may(rights_of(member))}"


def _may(rights: Rights) -> str:
    return ", ".join(rights.may) or "nothing"


def _row(member: Staff) -> tuple[object, ...]:
    rights = rights_of(member)
    about = ", ".join([*rights.topics, *(f"package {number}" for number in rights.packages)]) or "any topic"
    has_pin = "yes" if member.pin_hash else "no"
    return (
        member.id,
        member.name,
        member.phone or "",
        has_pin,
        _may(rights),
        about,
        rights.most_urgent.name.lower(),
    )


def _as_json(member: Staff) -> dict[str, object]:
    rights = rights_of(member)
    return {
        "id": member.id,
        "name": member.name,
        "phone": member.phone,
        "pin": member.pin_hash is not None,
        **rights.model_dump(mode="json", exclude={"most_urgent"}),
        "up_to": rights.most_urgent.name.lower(),
    }


def _show_one(member: Staff, done: str, *, json: bool) -> None:
    if json:
        print_json(_as_json(member))
    else:
        typer.echo(f"{member.name} is {done} (id {member.id}): may {_may(rights_of(member))}.")
