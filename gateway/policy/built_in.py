"""The limits that are part of every policy, whatever its officers write (policy-language.md 6).

A deployment may add limits and cannot remove these. They are printed with every policy; only the permission that a
limit names lifts it. Each has a promise of the same name, proved for every policy although it holds by construction:
should one ever not hold, the program is wrong and not the policy.
"""

from dataclasses import replace

from gateway.names import PartnerId
from gateway.policy.language import (
    INFORMATION,
    ORIGINS,
    UNKNOWN,
    USABLE,
    WITHHOLD,
    Catalogue,
    Classified,
    Limit,
    Policy,
    Promise,
)
from gateway.policy.load_companions import Companions

__all__ = ["OUTSIDE_THE_UNION", "built_in_limits", "built_in_promises"]

OUTSIDE_THE_UNION = ("adequate", "agreement", "assessed", "none", "international", "private")
"""The regimes that B5 means: third countries, international and private receivers."""

_BECAUSE = {
    "B1": "Nothing leaves for a partner without a legal basis.",
    "B2": "Nothing leaves that has expired or is restricted.",
    "B3": "Nothing leaves that is classified above the clearance of its receiver.",
    "B4": "No free text leaves that no officer has reviewed.",
    "B5": "No data of a third party leave the Union without the consent of their originator.",
    "B6": "Nothing leaves about an informant, or about a person who may be one, without an authorisation in this case.",
}


def built_in_limits(catalogue: Catalogue, companions: Companions) -> tuple[Limit, ...]:
    """Give B1 to B6, resolved."""
    every = _everything(catalogue, companions)
    free_text = frozenset(field.id for field in catalogue.fields.values() if field.decided and field.free_text)
    order = every.classified.order
    outside: frozenset[PartnerId] = frozenset().union(*map(companions.members, OUTSIDE_THE_UNION))
    return (
        replace(
            every,
            id="B1",
            title="Partners without a legal basis",
            law=("LED art. 35(1)",),
            partners=companions.members("none"),
        ),
        replace(
            every,
            id="B2",
            title="Data that have expired or are restricted",
            law=("LED art. 4(1)(e)", "LED art. 5"),
            usable=frozenset({"no"}),
        ),
        replace(
            every,
            id="B3",
            title="Data classified above the receiver's clearance",
            law=("rules on the protection of classified information",),
            classified=Classified(order, frozenset(order), above_clearance=True),
        ),
        replace(
            every,
            id="B4",
            title="Free text that no officer has reviewed",
            law=("LED art. 4(1)(c)", "LED art. 7(2)"),
            fields=free_text,
            unless=frozenset({"reviewed by an officer"}),
        ),
        replace(
            every,
            id="B5",
            title="Data of a third party to receivers outside the Union",
            law=("LED art. 35(1)(c)",),
            partners=outside,
            origins=frozenset({"third party"}),
            unless=frozenset({"the originator has consented"}),
        ),
        replace(
            every,
            id="B6",
            title="Informants",
            law=("LED art. 6(d)",),
            to=WITHHOLD,
            about=frozenset({"informant"}),
            unless=frozenset({"authorised in this case"}),
            silent=True,
        ),
    )


def _everything(catalogue: Catalogue, companions: Companions) -> Limit:
    """A limit on everything in every case, for the built-in ones to be cut out of."""
    vocabulary = companions.vocabulary
    order = vocabulary.classifications
    return Limit(
        id="",
        title="",
        law=(),
        fields=frozenset(field.id for field in catalogue.fields.values() if field.decided),
        partners=companions.everyone,
        purposes=frozenset(vocabulary.purposes),
        about=vocabulary.everyone_known | {UNKNOWN},
        marked=frozenset(vocabulary.marks),
        classified=Classified(order, frozenset(order)),
        information=frozenset(INFORMATION),
        origins=frozenset(ORIGINS),
        usable=frozenset(USABLE),
    )


def built_in_promises(policy: Policy) -> tuple[Promise, ...]:
    """Give the promises that B1 to B6 hold, with the words and sets of the limits in this policy."""
    return tuple(
        Promise(
            id=limit.id,
            form="never",
            because=_BECAUSE[limit.id],
            level="redact",
            fields=limit.fields,
            partners=limit.partners,
            purposes=limit.purposes,
            about=limit.about | {UNKNOWN},
            marked=limit.marked,
            classified=limit.classified,
            information=limit.information,
            origins=limit.origins,
            usable=limit.usable,
            without=limit.unless,
        )
        for limit in policy.limits
        if limit.built_in
    )
