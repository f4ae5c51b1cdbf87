/** A check for the URL of a server: what is wrong with it, null when nothing is. Never repeats the URL, which may hold a password. */
export function checkUrl(protocols: readonly string[], example: string): (url: string) => string | null {
  const objection = `must be a URL such as ${example}`;
  return (url) => {
    if (!URL.canParse(url)) return objection;
    return protocols.includes(new URL(url).protocol) ? null : objection;
  };
}
