import type { BotIdentity } from "./draft-request.js";
import type { PayloadAccount } from "./payload-schemas.js";

/** The mark of agentbot's own comments; a text that carries it is never a request, whoever copied it. */
const ownMarker = "<!-- agentbot:task=";

/** Why what this actor did, or wrote, is never acted on; null when it may be. */
export function refuseActor(
  bot: BotIdentity,
  sender: PayloadAccount,
  viaApp: { readonly id: string } | null,
  text: string,
): string | null {
  const login = sender?.login.toLowerCase() ?? "";
  if (text.includes(ownMarker)) return "own_message";
  if (viaApp?.id === bot.appId || login === `${bot.name.toLowerCase()}[bot]`) return "own_message";
  const isBot = sender?.type?.toLowerCase() === "bot" || login.endsWith("[bot]") || viaApp !== null;
  const isAllowed = bot.allowedBotIds.has(sender?.id ?? "") || (viaApp !== null && bot.allowedBotIds.has(viaApp.id));
  return isBot && !isAllowed ? "actor_is_bot" : null;
}
