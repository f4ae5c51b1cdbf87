import { AgentBotError } from "../../errors/agentbot-error.js";
import type { PageRequest } from "../../task/page.js";

/** A page's limit when nobody says otherwise. */
export const defaultPageLimit = 50;

/**
 * The ordinal a page goes on from, or null for the first page.
 *
 * @throws AgentBotError `CONFIGURATION_INVALID` for a cursor that no page gave.
 */
export function cursorOrdinal({ cursor }: PageRequest): number | null {
  if (cursor === undefined) return null;
  if (/^\d{1,15}$/.test(cursor)) return Number(cursor);
  throw new AgentBotError("CONFIGURATION_INVALID", "cursor: not the `next` of a page; leave it out for the first page");
}
