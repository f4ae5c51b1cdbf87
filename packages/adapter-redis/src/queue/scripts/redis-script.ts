import { createHash } from "node:crypto";

/** A script by its text and the name Redis keeps it under. */
export interface RedisScript {
  readonly text: string;
  readonly sha: string;
}

/** Puts a script together from its parts. */
export function redisScript(...parts: readonly string[]): RedisScript {
  const text = parts.join("\n");
  return { text, sha: createHash("sha1").update(text).digest("hex") };
}
