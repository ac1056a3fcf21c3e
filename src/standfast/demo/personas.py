"""Whom to sign in as, and what each of them is for."""

from typing import Final

from msgspec import Struct


class Persona(Struct, frozen=True):
    """Somebody of the demonstration, as ``make run`` prints them."""

    staff_id: str
    name: str
    role: str
    does: str


PERSONAS: Final = (
    Persona("amira.khan", "Amira Khan", "Call handler", "takes calls: F2 answers the next"),
    Persona("joe.tran", "Joe Tran", "Call handler", "takes calls beside her"),
    Persona(
        "ada.mensah", "Dr Ada Mensah", "Clinician, prescriber", "rings back and prescribes"
    ),
    Persona("ruth.calder", "Ruth Calder", "Supervisor", "sees what nobody has taken"),
    Persona("nadia.brook", "Nadia Brook", "Ambulance dispatcher", "accepts and sends vehicles"),
    Persona("owen.price", "Owen Price", "Clinic receptionist", "sees who is coming"),
    Persona("leila.haddad", "Leila Haddad", "Pharmacist", "supplies medicines"),
    Persona("sam.whitlock", "Sam Whitlock", "IT officer", "looks after staff and messages"),
    Persona(
        "mira.sandoval", "Mira Sandoval", "Privacy officer", "decides how long records are kept"
    ),
)
