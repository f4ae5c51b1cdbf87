/** A URL as it may be shown: without its password, and without its query, which may hold one too. */
export function maskPassword(url: string): string {
  const shown = URL.canParse(url) ? new URL(url) : null;
  if (shown === null) return "not a URL";
  if (shown.password !== "") shown.password = "***";
  shown.search = "";
  return shown.href;
}
