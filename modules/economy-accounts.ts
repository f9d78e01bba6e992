/** Modules that hold coins of others: deposits, escrows, rewards. Plain transfers may not reach them. */
export const ECONOMY_ACCOUNTS: readonly string[] = ["datanet", "modelfactory", "openlora", "attribution", "emission"];
