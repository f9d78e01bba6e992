/** Kind of the tasks by which validators find who shaped an answer. */
export const ATTRIBUTION_KIND = "attribution";

/** Kind of the tasks by which validators redo another's bound work. */
export const AUDIT_KIND = "work-audit";
