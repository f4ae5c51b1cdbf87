import type { Installation, TenantClaim } from "@agentbot/core";
import type { PayloadAccount } from "./payload-schemas.js";

/** The bot as GitHub's events name it. */
export interface BotIdentity {
  readonly name: string;
  readonly appId: string;
  /** GitHub's web address, without a slash at the end. */
  readonly url: string;
  readonly allowedBotIds: ReadonlySet<string>;
}

/** The mark of agentbot's own comments; a text that carries it is never a request, not even a copy. */
const ownMark = "<!-- agentbot:task=";

/** An event's actor and what it wrote. */
export interface ActorFacts {
  readonly sender: PayloadAccount;
  /** The App through which the event was sent, if GitHub names one. */
  readonly viaApp: { readonly id: string } | null;
  readonly texts: readonly string[];
}

/**
 * Decides whether an event of this actor can be a request. A string is the reason why it never is. Only an allow-listed
 * bot is preauthorized: a person behind an allow-listed App still needs a permission.
 */
export function admitActor(
  bot: BotIdentity,
  { sender, viaApp, texts }: ActorFacts,
): { readonly isPreauthorized: boolean } | string {
  const login = sender?.login.toLowerCase() ?? "";
  if (texts.some((text) => text.includes(ownMark))) return "own_message";
  if (viaApp?.id === bot.appId || login === `${bot.name.toLowerCase()}[bot]`) return "own_message";
  const isBot = sender?.type?.toLowerCase() === "bot" || login.endsWith("[bot]");
  const isAllowed = bot.allowedBotIds.has(sender?.id ?? "") || (viaApp !== null && bot.allowedBotIds.has(viaApp.id));
  if ((isBot || viaApp !== null) && !isAllowed) return "actor_is_bot";
  return { isPreauthorized: isBot };
}

/** Returns true for the bot's account: its name, or the login that GitHub gives the App of that name. */
export function isBotAccount(account: PayloadAccount, bot: BotIdentity): boolean {
  const login = account?.login.toLowerCase().replace(/\[bot\]$/, "");
  return login === bot.name.toLowerCase();
}

/** Returns true for the label that requests work. GitHub's labels are unique in any letter case. */
export function isBotLabel(label: { readonly name: string } | null | undefined, bot: BotIdentity): boolean {
  return label?.name.toLowerCase() === bot.name.toLowerCase();
}

/**
 * The tenant an event belongs to: the installation of the path, whose own secret signed it, else the App's signed
 * `installation.id`. A string is the reason to ignore the event.
 */
export function claimTenant(
  pathInstallation: Installation | null,
  claimed: { readonly id: string } | null,
  account: string,
): TenantClaim | string {
  if (pathInstallation === null) return claimed ? { externalId: claimed.id, account } : "no_installation";
  if (claimed && claimed.id !== pathInstallation.externalId) return "installation_mismatch";
  return { externalId: pathInstallation.externalId, account: pathInstallation.account };
}
