/** The release, as `/health` and the metrics show it. */
export const version = "0.1.0";
