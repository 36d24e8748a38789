"""The closed lists that a reading chooses from; the line beside each value is its meaning.

The long form, with the border cases argued, is the annotation guide `classifier/corpus/labels.md`.
"""

from enum import StrEnum


class Label(StrEnum):
    """What a message is; several may hold at once, and COMPLAINT governs when it does."""

    COMPLAINT = (
        "complaint"  # dissatisfaction, however made, about what landlord, staff or contractors did or failed to do
    )
    SERVICE_REQUEST = "service_request"  # asks that something be put right: a first report, or one that still stands
    COMPLIMENT = "compliment"  # praise or real thanks for something that was done; politeness is not praise
    COMMENT = "comment"  # a question, a suggestion, neutral feedback, a survey remark, an answer we asked for


class Hazard(StrEnum):
    """What could hurt somebody in or near the home (domain page, section 5)."""

    GAS = "gas"  # smell of gas, carbon monoxide, its alarm
    FIRE = "fire"  # fire, smoke, a fire door, fire alarm or escape route that fails
    ELECTRICAL = "electrical"  # sparks, shocks, bare wires, burning smell, water in the electrics, no power
    FLOOD = "flood"  # water that comes in or spreads: burst, pouring, through a ceiling
    NO_HEATING_OR_HOT_WATER = "no_heating_or_hot_water"  # either of the two is gone
    DAMP_MOULD = "damp_mould"  # damp, mould, condensation that settles
    STRUCTURAL = "structural"  # ceiling, wall, floor, stairs, balcony, roof that moves, cracks or falls
    SECURITY = "security"  # an outside door, window, lock or entry that does not secure the home
    ASBESTOS = "asbestos"  # asbestos seen, disturbed or feared
    NO_WATER = "no_water"  # no water supply
    SEWAGE = "sewage"  # foul water, a blocked only toilet


class Vulnerability(StrEnum):
    """Who is in the home, as far as the message says so; weighs on urgency, never on worth."""

    BABY = "baby"  # under about two
    CHILD = "child"  # children of any later age
    ELDERLY = "elderly"  # old age said or plain from the age given
    DISABILITY = "disability"  # physical, sensory or learning; a wheelchair, a carer
    MEDICAL_DEVICE = "medical_device"  # oxygen, dialysis, insulin in a fridge, a stair lift
    PREGNANCY = "pregnancy"  # someone is expecting
    MENTAL_HEALTH = "mental_health"  # depression, anxiety, crisis, thoughts of self-harm
    ILLNESS = "illness"  # asthma, cancer, heart, after an operation
    DOMESTIC_ABUSE = "domestic_abuse"  # violence or control at home, fleeing it


class Want(StrEnum):
    """What the sender asks us to do with the case itself."""

    ESCALATE_STAGE_2 = (
        "escalate_stage_2"  # take it further, not happy with the answer (Code 6.10, 6.12: no reason is owed)
    )
    STATUS_UPDATE = "status_update"  # what is happening with it
    WITHDRAW = "withdraw"  # no longer wishes to go on
    STOP_MESSAGES = "stop_messages"  # no more messages on this channel
    SPEAK_TO_HUMAN = "speak_to_human"  # a call, a visit, a person
    OMBUDSMAN = "ombudsman"  # means to go, or asks how to go, to the Ombudsman (Code 3.7)


# The Ombudsman's rule: dissatisfaction governs; after it, what must be put right; then praise; then the rest.
PRECEDENCE: tuple[Label, ...] = (Label.COMPLAINT, Label.SERVICE_REQUEST, Label.COMPLIMENT, Label.COMMENT)


def primary_of(labels: frozenset[Label]) -> Label:
    """The label that governs; a message without any is a comment."""
    return next((label for label in PRECEDENCE if label in labels), Label.COMMENT)


# What else the statistics say of a message, each by itself.
FACTS: tuple[str, ...] = ("repeat_contact", "multiple_households", "advocate", "urgent")
HEADS: tuple[str, ...] = (
    *(label.value for label in Label),
    *FACTS,
    *(hazard.value for hazard in Hazard),
    *(who.value for who in Vulnerability),
    *(want.value for want in Want),
)
