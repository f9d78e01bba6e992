/** Human-readable parts of addresses: accounts, validator operators, validator consensus keys (cosmos-formats.md §7.2). */
export const ACCOUNT_PREFIX = "open";
export const OPERATOR_PREFIX = "openvaloper";
export const CONSENSUS_PREFIX = "openvalcons";
