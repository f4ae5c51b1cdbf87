import { createHash } from "node:crypto";

/** Each connection keeps what it has prepared, at some 10 to 50 kB in the server. */
const maxNames = 200;

/**
 * Names for prepared statements: short, and the same for the same text in every process. A text beyond the first two
 * hundred has none and is planned each time, so that memory stays bounded whatever is asked.
 */
export function createStatementNames(): (text: string) => string | undefined {
  const names = new Map<string, string>();
  return (text) => {
    const known = names.get(text);
    if (known !== undefined || names.size >= maxNames) return known;
    const name = `agentbot_${createHash("sha256").update(text).digest("hex").slice(0, 16)}`;
    names.set(text, name);
    return name;
  };
}
