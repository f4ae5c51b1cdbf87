import { z } from "zod";

/** Who wrote something, as GitHub names them. */
export const author = z.object({ login: z.string(), type: z.string().nullish() });

/** Is this a person, and no App's bot? */
export function isPerson({ login, type }: z.output<typeof author>): boolean {
  return type !== "Bot" && !login.endsWith("[bot]");
}
