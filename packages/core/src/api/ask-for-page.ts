import { AgentBotError } from "../errors/agentbot-error.js";
import type { Page } from "../task/page.js";
import { respondParameters } from "./read-query.js";

/** Asks for a page, or answers 400 where the cursor is none that this list gave. */
export async function askForPage<Item>(ask: () => Promise<Page<Item>>): Promise<Page<Item> | Response> {
  try {
    return await ask();
  } catch (error) {
    // The limit was checked before: what a list can still object to is its cursor.
    if (!AgentBotError.hasCode(error, "CONFIGURATION_INVALID")) throw error;
    const detail = "expected the nextCursor of the page before, unchanged; leave it out for the first page";
    return respondParameters([{ name: "cursor", detail }]);
  }
}
