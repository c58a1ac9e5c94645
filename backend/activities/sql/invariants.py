"""What the invariants of activities look for, in SQL that both engines read."""

from __future__ import annotations

from sqlalchemy import Date, text

from backend.activities.domain import CREDIT, SUMS
from backend.activities.models import Activity
from backend.activities.sql.workings import STORED_WORKING_SQL

# Each is a sentence that must hold, and the rows for which it does not.
_SENTENCES = {
    "an activity has one live reduction until it is withdrawn, and then none": """
        SELECT a.user_id, a.id, a.status, COUNT(r.id) AS live FROM activities a
        LEFT JOIN reductions r ON r.user_id = a.user_id AND r.activity_id = a.id AND r.superseded_at IS NULL
        GROUP BY a.user_id, a.id, a.status
        HAVING COUNT(r.id) <> CASE a.status WHEN 'withdrawn' THEN 0 ELSE 1 END""",
    "every reduction belongs to an activity": """
        SELECT r.user_id, r.id, r.activity_id FROM reductions r
        WHERE NOT EXISTS (SELECT 1 FROM activities a WHERE a.user_id = r.user_id AND a.id = r.activity_id)""",
    "only what is credited has credit": """
        SELECT a.user_id, a.id, a.status, r.credited_g, r.behaviour_points FROM activities a
        JOIN reductions r ON r.user_id = a.user_id AND r.activity_id = a.id AND r.superseded_at IS NULL
        WHERE (a.status = 'uncredited' AND r.credited_g + r.behaviour_points <> 0)
           OR (a.status = 'credited' AND r.credited_g + r.behaviour_points = 0)""",
    "the total of a day is the sum of its live reductions": """
        SELECT user_id, occurred_on, methodology_id, SUM(part) AS difference FROM (
            SELECT user_id, occurred_on, methodology_id, credited AS part FROM day_totals
            UNION ALL SELECT user_id, occurred_on, methodology_id, -(credited_g + behaviour_points) FROM reductions
                WHERE superseded_at IS NULL
        ) AS both_sides GROUP BY user_id, occurred_on, methodology_id HAVING SUM(part) <> 0""",
    "what nobody attested of a day is the sum of its live reductions": """
        SELECT user_id, occurred_on, methodology_id, SUM(part) AS difference FROM (
            SELECT user_id, occurred_on, methodology_id, unattested AS part FROM day_totals
            UNION ALL SELECT user_id, occurred_on, methodology_id, -unattested FROM reductions
                WHERE superseded_at IS NULL
        ) AS both_sides GROUP BY user_id, occurred_on, methodology_id HAVING SUM(part) <> 0""",
    "what an activity is paid in points is what it is credited with": """
        SELECT user_id, activity_id, SUM(part) AS difference FROM (
            SELECT user_id, activity_id, credited_g + behaviour_points AS part FROM reductions
                WHERE superseded_at IS NULL
            UNION ALL SELECT user_id, activity_id, -(amount - taken_back) FROM grants WHERE activity_id IS NOT NULL
        ) AS both_sides GROUP BY user_id, activity_id HAVING SUM(part) <> 0""",
    "what a reduction rests on is stored": """
        SELECT r.user_id, r.id FROM reductions r
        LEFT JOIN reduction_figures f ON f.sha256 = r.figures_sha256
        WHERE CASE WHEN r.working IS NULL THEN r.packed_working IS NULL OR f.sha256 IS NULL
            ELSE r.packed_working IS NOT NULL END""",
    "the version that counted was approved and in force on the day": """
        SELECT r.user_id, r.id, r.methodology_id, r.version, r.occurred_on FROM reductions r
        LEFT JOIN methodology_versions v ON v.id = r.version_id AND v.content_sha256 = r.content_sha256
            AND v.approved_by IS NOT NULL AND v.effective_on <= r.occurred_on
            AND (v.ended_on IS NULL OR v.ended_on > r.occurred_on)
        WHERE v.id IS NULL OR EXISTS (
            SELECT 1 FROM methodology_versions w WHERE w.methodology_id = v.methodology_id
            AND w.effective_on > v.effective_on AND w.effective_on <= r.occurred_on
            AND (w.ended_on IS NULL OR w.ended_on > w.effective_on))""",
}
RULES = {sentence: text(query) for sentence, query in _SENTENCES.items()}

TOTALS = text(
    """SELECT t.user_id, t.methodology_id, t.occurred_on, t.credited, MAX(r.version_id) AS version_id,
        MAX(r.content_sha256) AS content_sha256 FROM day_totals t
    JOIN reductions r ON r.user_id = t.user_id AND r.occurred_on = t.occurred_on
        AND r.methodology_id = t.methodology_id AND r.superseded_at IS NULL
    GROUP BY t.user_id, t.methodology_id, t.occurred_on, t.credited
    ORDER BY t.user_id, t.methodology_id, t.occurred_on"""
).columns(occurred_on=Date)
CREDITED = text(
    "SELECT r.user_id, r.activity_id, a.created_at FROM reductions r"
    " JOIN activities a ON a.user_id = r.user_id AND a.id = r.activity_id"
    " WHERE r.superseded_at IS NULL AND r.credited_g + r.behaviour_points + r.netted > 0"
).columns(created_at=Activity.__table__.c.created_at.type)
CLAIMS = text("SELECT * FROM flow_claims ORDER BY owner_id, flow, claimed_on").columns(claimed_on=Date)
HOLDERS = text("SELECT DISTINCT user_id, activity_id FROM flow_claims")
REDUCTIONS = text(f"SELECT r.user_id, r.id, r.version_id, r.content_sha256, {STORED_WORKING_SQL} FROM reductions r")

_LIVE = """
    SELECT user_id, SUBSTR(CAST(month_on AS VARCHAR(10)), 1, 7) AS month, methodology_id, version, activities, {sums}
        FROM month_totals
    UNION ALL
    SELECT r.user_id, SUBSTR(CAST(r.occurred_on AS VARCHAR(10)), 1, 7), r.methodology_id, r.version, -1, {less}
        FROM reductions r JOIN activities a ON a.user_id = r.user_id AND a.id = r.activity_id
        WHERE r.superseded_at IS NULL""".format(
    sums=", ".join(SUMS),
    less=", ".join(
        f"CASE a.status WHEN 'held' THEN 0 ELSE -r.{column} END" if column in CREDIT else f"-r.{column}"
        for column in SUMS
    ),
)
DIFFERING = text(
    f"SELECT user_id, month, methodology_id, version FROM ({_LIVE}) AS both_sides"
    " GROUP BY user_id, month, methodology_id, version HAVING "
    + " OR ".join(f"SUM({column}) <> 0" for column in ("activities", *SUMS))
)
