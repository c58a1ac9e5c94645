"""What a person may hand in: the kinds, what each may be sent as, and how much of it.

A kind is the tier that methodologies give a weight to, but for the odometer: two of its readings are one
`odometer_pair`. What only somebody else can vouch for (a fare record, a partner's) is attested, never handed in.
"""

from __future__ import annotations

from calculators import GEOJSON, GPX

JPEG, PNG, WEBP = "image/jpeg", "image/png", "image/webp"
PICTURES = (JPEG, PNG, WEBP)
TRACES = (GPX, GEOJSON)
MEDIA = (*PICTURES, *TRACES)
MOST_BYTES = 10 * 1024 * 1024

GPS_TRACE, ODOMETER_READING, ODOMETER_PAIR = "gps_trace", "odometer_reading", "odometer_pair"
METER_READING = "meter_reading"
READINGS = (METER_READING, ODOMETER_READING)
DOCUMENTS = ("photo", "receipt", "utility_bill", "weight_slip", "repair_bill", "purchase_record")
KINDS = (*DOCUMENTS, *READINGS, GPS_TRACE)
