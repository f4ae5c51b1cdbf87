import type { Installation, Interpretation } from "@agentbot/core";
import type { BotIdentity } from "./draft-request.js";

/** Says what one kind of event means. Pure. */
export type Interpreter = (payload: unknown, installation: Installation | null, bot: BotIdentity) => Interpretation;

/** An event that is understood and not acted on. */
export function ignored(reason: string): Interpretation {
  return { kind: "ignored", reason };
}
