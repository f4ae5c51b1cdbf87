/** The SQLSTATE with which a database refused, or null for an error of another kind: of the network, say. */
export function sqlStateOf(error: unknown): string | null {
  if (typeof error !== "object" || error === null || !("code" in error)) return null;
  // `EPIPE` looks like one.
  if ("syscall" in error || "errno" in error) return null;
  return typeof error.code === "string" && /^[0-9A-Z]{5}$/.test(error.code) ? error.code : null;
}
