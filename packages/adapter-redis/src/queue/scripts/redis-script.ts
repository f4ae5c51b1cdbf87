import { createHash } from "node:crypto";

/** A part of a script: Lua functions, and the parts whose functions they call. */
export interface LuaModule {
  readonly uses: readonly LuaModule[];
  readonly text: string;
}

/** A script's text and the hash Redis caches it under. */
export interface RedisScript {
  readonly text: string;
  readonly sha: string;
}

/**
 * Assembles a script from its parts in their order, each preceded by the parts it uses that are not there yet. A part may
 * return early: what only later parts use is then never set up.
 */
export function redisScript(...parts: readonly LuaModule[]): RedisScript {
  const included = new Set<LuaModule>();
  const include = (part: LuaModule): void => {
    if (included.has(part)) return;
    for (const used of part.uses) include(used);
    included.add(part);
  };
  for (const part of parts) include(part);
  const text = Array.from(included, (part) => part.text.trim()).join("\n\n");
  return { text, sha: createHash("sha1").update(text).digest("hex") };
}
