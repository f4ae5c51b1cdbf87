const mask = "[redacted]";

/** The text without the credential, in the forms git and servers echo it: whole, bare, and decoded from Basic. */
export function redactCredential(text: string, authorization: string | null): string {
  const secrets = authorization === null ? [] : formsOf(authorization);
  const clean = secrets.reduce((remaining, secret) => remaining.split(secret).join(mask), text);
  return clean.replace(/(https?:\/\/)[^/\s@]+@/gi, `$1${mask}@`);
}

function formsOf(authorization: string): string[] {
  const bare = authorization.replace(/^\S+\s+/, "");
  const decoded = /^basic\s/i.test(authorization) ? Buffer.from(bare, "base64").toString("utf8") : "";
  const password = decoded.slice(decoded.indexOf(":") + 1);
  // The longest form first, so that none leaves a tail of another; a few characters are no secret.
  return [authorization, decoded, bare, password, encodeURIComponent(password)].filter((form) => form.length >= 6);
}
