/** Clients choose their dialect by the prefix "0.38." (cosmos-formats.md §0); ours stands in the application's name. */
export const COMET_VERSION = "0.38.26";
export const APP_VERSION = "0.1.0";
