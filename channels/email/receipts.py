"""What a delivery report that came back says of a notice of ours."""

from channels.message import InboundMessage, Receipt, ReceiptStatus

_MEANS: dict[str, ReceiptStatus] = {"failed": "failed", "delivered": "delivered"}


def receipt_from(message: InboundMessage) -> Receipt | None:
    """The receipt in a bounce, None when it only says "delayed" or "relayed", or is about no mail of ours."""
    if message.kind != "bounce":
        return None
    details = message.details
    key = str(details.get("original_key", ""))
    status = _MEANS.get(str(details.get("action", "")))
    if not key or status is None:
        return None
    return Receipt(
        channel="email",
        status=status,
        at=message.received_at,
        key=key,
        detail=f"{details.get('status', '')} {details.get('diagnosis', '')}".strip(),
        permanent=bool(details.get("permanent")),
        raw=message.raw,
    )
